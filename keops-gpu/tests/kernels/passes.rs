//! The passes, as text of keops-program.

use keops_program::schedule::Pass;

/// A pass with its name.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) pass: Pass,
}

/// Components that are copied from an input to slots.
fn copy(place: &str, first: usize, input: usize, width: usize) -> String {
    format!("loop k0 0..{width} {{\nv0 = input{input}[k0]\n{place}[{first} + k0] = v0\n}}\n")
}

/// `v1 = |x - y|²` of row and column slots 0..d.
fn distance(d: usize) -> String {
    format!(
        "v0 = 0.0
loop k0 0..{d} (v1 = v0) {{
v2 = row[k0]
v3 = column[k0]
v4 = sub v2 v3
v5 = fma v4 v4 v1
next v5
}}
"
    )
}

/// The merge of `e` sums, with compensations in the slots behind them, and their finish.
fn sums(e: usize) -> String {
    format!(
        "merge {{
loop k0 0..{e} {{
v0 = state[k0]
v1 = state[{e} + k0]
v2 = other[k0]
v3 = sub v2 v1
v4 = add v0 v3
v5 = sub v4 v0
v6 = sub v5 v3
state[k0] = v4
state[{e} + k0] = v6
}}
}}
finish {{
loop k0 0..{e} {{
v0 = state[k0]
output0[k0] = v0
}}
}}
"
    )
}

/// `Σ_j exp(-|x_i - y_j|²) b_j` with points of `d` components and b of `e`.
pub(crate) fn gaussian(d: usize, e: usize) -> String {
    format!(
        "pass i reduce j
input x row real {d} = argument 0
input y column real {d} = argument 1
input b column real {e} = argument 2
row real*{d}
column real*{}
state real=0.0*{}
output a real {e}
row {{
{}}}
column {{
{}{}}}
update {{
{}v6 = neg v1
v7 = exp v6
loop k1 0..{e} {{
v8 = column[{d} + k1]
v9 = state[k1]
v10 = fma v7 v8 v9
state[k1] = v10
}}
}}
{}",
        d + e,
        2 * e,
        copy("row", 0, 0, d),
        copy("column", 0, 1, d),
        copy("column", d, 2, e),
        distance(d),
        sums(e)
    )
}

/// `Σ_j (x_i - y_j) exp(-γ |x_i - y_j|²) b_j`: what a gradient looks like.
fn gradient() -> String {
    format!(
        "pass i reduce j
input x row real 3 = argument 0
input y column real 3 = argument 1
input b column real 1 = argument 2
input gamma param real 1 = argument 3
param real
row real*3
column real*4
state real=0.0*6
output g real 3
param {{
v0 = input3[0]
v1 = neg v0
param[0] = v1
}}
row {{
{}}}
column {{
{}{}}}
update {{
{}v6 = param[0]
v7 = mul v6 v1
v8 = exp v7
v9 = column[3]
v10 = mul v8 v9
loop k1 0..3 {{
v11 = row[k1]
v12 = column[k1]
v13 = sub v11 v12
v14 = state[k1]
v15 = fma v13 v10 v14
state[k1] = v15
}}
}}
{}",
        copy("row", 0, 0, 3),
        copy("column", 0, 1, 3),
        copy("column", 3, 2, 1),
        distance(3),
        sums(3)
    )
}

/// `argmin_j |x_i - y_j|²` and the minimum, where j is not i.
fn argmin() -> String {
    let better = |place: &str| {
        format!(
            "v20 = state[0]
v21: index = state[1]
v22 = {place} < v20
v23 = v22 ? {place} : v20
"
        )
    };
    format!(
        "pass i reduce j
input x row real 3 = argument 0
input y column real 3 = argument 1
input i row index 1 = position
input j column index 1 = position
row real*3 index
column real*3 index
state real=inf index=-1.0
output value real 1
output at index 1
row {{
{}v9: index = input2[0]
row[3] = v9
}}
column {{
{}v9: index = input3[0]
column[3] = v9
}}
update {{
{}v7: index = row[3]
v8: index = column[3]
v9 = v7 == v8
v10 = inf
v11 = v9 ? v10 : v1
{}v24: index = v22 ? v8 : v21
state[0] = v23
state[1] = v24
}}
merge {{
v11 = other[0]
v12: index = other[1]
{}v24: index = v22 ? v12 : v21
state[0] = v23
state[1] = v24
}}
finish {{
v0 = state[0]
output0[0] = v0
v1: index = state[1]
output1[0] = v1
}}
",
        copy("row", 0, 0, 3),
        copy("column", 0, 1, 3),
        distance(3),
        better("v11"),
        better("v11")
    )
}

/// `logsumexp_j (-|x_i - y_j|²)`
fn logsumexp() -> String {
    let fold = "v23 = max v20 v11
v24 = -inf
v25 = v23 == v24
v26 = 0.0
v27 = v25 ? v26 : v23
v28 = sub v20 v27
v29 = exp v28
v30 = sub v11 v27
v31 = exp v30
v32 = mul v21 v29
v33 = fma v12 v31 v32
state[0] = v23
state[1] = v33
";
    format!(
        "pass i reduce j
input x row real 3 = argument 0
input y column real 3 = argument 1
row real*3
column real*3
state real=-inf real=0.0
output l real 1
row {{
{}}}
column {{
{}}}
update {{
{}v11 = neg v1
v12 = 1.0
v20 = state[0]
v21 = state[1]
{fold}}}
merge {{
v11 = other[0]
v12 = other[1]
v20 = state[0]
v21 = state[1]
{fold}}}
finish {{
v0 = state[0]
v1 = state[1]
v2 = log v1
v3 = add v0 v2
output0[0] = v3
}}
",
        copy("row", 0, 0, 3),
        copy("column", 0, 1, 3),
        distance(3)
    )
}

/// Counts the columns of the row's label, sums the labels above it, and shows the largest.
fn labels() -> String {
    "pass i reduce j
input l row label 1 = argument 0
input m column label 2 = argument 1
input w column real 1 = argument 2
input n param index 1 = columns
param index
row label
column label*2 real
state real=0.0*2 label=0.0
output a real 3
output most label 1
param {
v0: index = input3[0]
param[0] = v0
}
row {
v0: label = input0[0]
row[0] = v0
}
column {
loop k0 0..2 {
v0: label = input1[k0]
column[k0] = v0
}
v1 = input2[0]
column[2] = v1
}
update {
v0: label = row[0]
v1: label = column[0]
v2: label = column[1]
v3 = column[2]
v4 = v0 == v1
v5 = 0.0
v6 = v4 ? v3 : v5
v7 = state[0]
v8 = add v7 v6
state[0] = v8
v9 = v0 < v2
v10 = v9 | v4
v11 = v2 as real
v12 = v10 ? v11 : v5
v13 = state[1]
v14 = add v13 v12
state[1] = v14
v15: label = state[2]
v16 = v15 < v2
v17: label = v16 ? v2 : v15
state[2] = v17
}
merge {
loop k0 0..2 {
v0 = state[k0]
v1 = other[k0]
v2 = add v0 v1
state[k0] = v2
}
v3: label = state[2]
v4: label = other[2]
v5 = v3 <= v4
v6: label = v5 ? v4 : v3
state[2] = v6
}
finish {
loop k0 0..2 {
v0 = state[k0]
output0[k0] = v0
}
v1: index = param[0]
v2 = v1 as real
output0[2] = v2
v3: label = state[2]
output1[0] = v3
}
"
    .into()
}

/// `(M (x_i + p), |x_i|)` with a parameter matrix, by a temporary array.
fn map(d: usize) -> String {
    format!(
        "pass i map
input x row real {d} = argument 0
input m param real {} = argument 1
input i row index 1 = position
output a real {d}
output b real 1
finish {{
local real {d}
v0 = 0.5
loop k0 0..{d} {{
v1 = input0[k0]
v2 = add v1 v0
local0[k0] = v2
}}
v3 = 0.0
loop k1 0..{d} (v9 = v3) {{
loop k2 0..{d} (v4 = v3) {{
v5 = input1[{d}*k1 + k2]
v6 = local0[k2]
v7 = fma v5 v6 v4
next v7
}}
output0[k1] = v4
v8 = local0[k1]
v10 = fma v8 v8 v9
next v10
}}
v11: index = input2[0]
v12 = v11 as real
v13 = sqrt v9
v14 = add v13 v12
output1[0] = v14
}}
",
        d * d
    )
}

/// `e_i (x_i - y_{{j(i)}})`, 0 where there is no j(i).
fn gather() -> String {
    "pass i gather j by 1
input x row real 3 = argument 0
input at row index 1 = argument 1
input y column real 3 = argument 2
input j column index 1 = position
row real*3
column real*3 index
state real=0.0*3 index=-1.0
output g real 3
output j index 1
row {
loop k0 0..3 {
v0 = input0[k0]
row[k0] = v0
}
}
column {
loop k0 0..3 {
v0 = input2[k0]
column[k0] = v0
}
v1: index = input3[0]
column[3] = v1
}
update {
loop k0 0..3 {
v0 = row[k0]
v1 = column[k0]
v2 = sub v0 v1
state[k0] = v2
}
v3: index = column[3]
state[3] = v3
}
merge {
loop k0 0..3 {
v0 = other[k0]
state[k0] = v0
}
v1: index = other[3]
state[3] = v1
}
finish {
loop k0 0..3 {
v0 = state[k0]
output0[k0] = v0
}
v1: index = state[3]
output1[0] = v1
}
"
    .into()
}

/// The sum of the rows `y_j` that a row names, each once, and how many they are.
fn gather_some() -> String {
    "pass i gather j by 0
input at row index 5 = argument 0
input y column real 2 = argument 1
column real*2
state real=0.0*2 index=0.0
output a real 2
output n index 1
column {
v0 = input1[0]
column[0] = v0
v1 = input1[1]
column[1] = v1
}
update {
v0 = state[0]
v1 = column[0]
v2 = add v0 v1
state[0] = v2
v3 = state[1]
v4 = column[1]
v5 = add v3 v4
state[1] = v5
v6: index = state[2]
v7 = -1
v8 = v6 - v7
state[2] = v8
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
v3 = state[1]
v4 = other[1]
v5 = add v3 v4
state[1] = v5
v6: index = state[2]
v7 = 0
v8: index = other[2]
v9 = v7 - v8
v10 = v6 - v9
state[2] = v10
}
finish {
v0 = state[0]
output0[0] = v0
v1 = state[1]
output0[1] = v1
v2: index = state[2]
output1[0] = v2
}
"
    .into()
}

/// `Σ_j x_i · M y_j` with a parameter matrix: a loop in a loop in the inner loop.
fn bilinear() -> String {
    format!(
        "pass i reduce j
input x row real 20 = argument 0
input y column real 20 = argument 1
input m param real 400 = argument 2
param real*400
row real*20
column real*20
state real=0.0*2
output a real 1
param {{
{}}}
row {{
{}}}
column {{
{}}}
update {{
v0 = state[0]
v1 = 0.0
loop k1 0..20 (v2 = v0) {{
loop k2 0..20 (v3 = v1) {{
v4 = param[20*k1 + k2]
v5 = column[k2]
v6 = fma v4 v5 v3
next v6
}}
v7 = row[k1]
v8 = fma v7 v3 v2
next v8
}}
state[0] = v2
}}
{}",
        copy("param", 0, 2, 400),
        copy("row", 0, 0, 20),
        copy("column", 0, 1, 20),
        sums(1)
    )
}

/// A long loop that exchanges two carried numbers, counts in a third and adds to the state.
fn carried() -> String {
    format!(
        "pass i reduce j
input x row real 101 = argument 0
input y column real 1 = argument 1
row real*101
column real
state real=0.0*4
output a real 2
row {{
{}}}
column {{
{}}}
update {{
v0 = column[0]
v1 = 1.0
v2 = 0
loop k0 0..101 (v3 = v0, v4 = v1, v5: index = v2) {{
v6 = row[k0]
v7 = fma v6 v0 v3
v8 = state[0]
v9 = fma v6 v4 v8
state[0] = v9
v10 = v5 as real
v11 = 7
v12: index = v5 - v11
next v4 v7 v12
}}
v13 = v5 as real
v14 = fma v13 v3 v4
v15 = state[1]
v16 = add v15 v14
state[1] = v16
}}
{}",
        copy("row", 0, 0, 101),
        copy("column", 0, 1, 1),
        sums(2)
    )
}

/// Every operation of the table, on numbers of its domain.
fn operations() -> String {
    use keops_program::op::Op;
    let mut text = format!(
        "pass i map\ninput x row real 3 = argument 0\noutput a real {}\nfinish {{\n",
        Op::ALL.len()
    );
    for k in 0..3 {
        text += &format!("v{k} = input0[{k}]\n");
    }
    for (k, op) in Op::ALL.iter().enumerate() {
        let row = op.row();
        let operands: Vec<String> = (0..row.arity).map(|k| format!("v{k}")).collect();
        text += &format!(
            "v{} = {} {}\noutput0[{k}] = v{0}\n",
            10 + k,
            row.name,
            operands.join(" ")
        );
    }
    text + "}\n"
}

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    let texts = [
        ("gaussian_3", gaussian(3, 1)),
        ("gaussian_1", gaussian(1, 1)),
        ("gaussian_16_4", gaussian(16, 4)),
        ("gaussian_64", gaussian(64, 1)),
        ("gaussian_100_101", gaussian(100, 101)),
        ("gaussian_3_50", gaussian(3, 50)),
        ("gaussian_300", gaussian(300, 1)),
        ("bilinear", bilinear()),
        ("carried", carried()),
        ("gradient", gradient()),
        ("argmin", argmin()),
        ("logsumexp", logsumexp()),
        ("labels", labels()),
        ("map_3", map(3)),
        ("map_70", map(70)),
        ("gather", gather()),
        ("gather_some", gather_some()),
        ("operations", operations()),
    ];
    texts
        .into_iter()
        .map(|(name, text)| {
            let pass: Pass = text
                .parse()
                .unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
            Case {
                name: name.into(),
                pass,
            }
        })
        .collect()
}
