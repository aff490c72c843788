//! Round trips, and the line of a fault.

use crate::op::Op;
use crate::program::*;
use crate::schedule::*;

/// Every construct once, in the form in which it is printed.
const WHOLE: &str = r#"argument x i real 3
argument "type of\u{3b1}" j label 2 2
argument gamma unit real
pass i reduce j forward
input x row real 3 = argument 0
input "" column label 4 = argument 1
input i row index 1 = position
input n param index 1 = columns
param real*2 index
row real*3
column label*4 real
state real=inf+ index=-1.0 real=NaN*2 label=4294967295.0
exact
group 2
output a real 3
output "b c" index 1
param {
v0 = 0.1
v1 = -inf
v2 = NaN
v3 = 1e300
v4 = -7
v5: label = 7
param[0] = v0
}
row {
local real 3
local index 1
loop k0 0..3 {
v0 = input0[k0]
local0[k0] = v0
}
}
column {
v7: label = input1[0]
column[0] = v7
}
update {
v0 = 0.0
v1 = 0
v2: label = 3
loop k3 0..64 (v5 = v0, v6: index = v1, v7: label = v2) {
loop k1 0..2 {
v8 = column[3 + 4*k3 + k1]
}
v9 = fma v5 v5 v0
v10: index = state[1]
v11 = v10 - v6
v12 = v5 < v9
v13 = v5 <= v9
v14 = v5 == v9
v15 = v5 != v9
v16 = v12 & v13
v17 = v14 | v15
v18 = !v17
v19 = v18 ? v5 : v9
v20: index = v18 ? v6 : v11
v21 = v11 as real
state[64*k3] = v19
when v18 {
v22 = state[0]
loop k2 0..2 {
state[k2] = v22
}
}
next v21 v20 v7
}
v30: real = sub v1 v2
}
grouped {
v0 = column[5]
state[0] = v0
}
merge {
v0 = other[0]
state[0] = v0
}
finish {
v0 = row[0]
v1 = param[2*k0]
output0[0] = v0
output1[0] = v1
}
pass j gather i by 2
input i row index 1 = pass 0 output 1
pass unit map
result 0 0
result 1 0
"#;

#[test]
fn what_is_printed_reads_as_the_same() {
    // The one definition with a type that goes without saying.
    let printed = WHOLE.replace("v30: real", "v30");
    let schedule: Schedule = WHOLE.parse().unwrap();
    assert_eq!(schedule.to_string(), printed);
    assert_eq!(schedule.arguments[1].name, "type ofα");
    assert_eq!(schedule.arguments[1].width(), 4);

    let pass = &schedule.passes[0];
    assert_eq!(
        pass.to_string().parse::<Pass>().unwrap().to_string(),
        pass.to_string()
    );
    let text = pass.program.to_string();
    assert_eq!(text.parse::<Program>().unwrap().to_string(), text);
}

#[test]
fn the_text_means_what_it_says() {
    let text = "row {\nv0 = 1.0\nloop k2 0..5 (v1 = v0, v2: mask = v9) {\n\
        v3 = local4[3 + 4*k2 + k7]\nv4: label = guard v0\nnext v3 v2\n}\n}\n";
    let load = Expr::Load(
        Place::Local(4),
        Index {
            offset: 3,
            terms: vec![(Counter(2), 4), (Counter(7), 1)],
        },
    );
    let define = |k, ty, expr| Stmt::Let {
        value: Value(k),
        ty,
        expr,
    };
    let carry = |ty, value, init, next| Carried {
        ty,
        value: Value(value),
        init: Value(init),
        next: Value(next),
    };
    let program = Program {
        row: Block {
            locals: vec![],
            stmts: vec![
                define(0, Type::Real, Expr::Real(1.0)),
                Stmt::Loop(Loop {
                    counter: Counter(2),
                    count: 5,
                    carried: vec![carry(Type::Real, 1, 0, 3), carry(Type::Mask, 2, 9, 2)],
                    body: vec![
                        define(3, Type::Real, load),
                        define(4, Type::Label, Expr::Op(Op::Guard, vec![Value(0)])),
                    ],
                }),
            ],
        },
        ..Program::default()
    };
    assert_eq!(text.parse::<Program>().unwrap(), program);
    assert_eq!(program.to_string(), text);
}

#[test]
fn constants_are_exact() {
    let mut bits = 1u64;
    let some = std::iter::repeat_with(|| {
        bits = bits
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        f64::from_bits(bits)
    });
    let edges = [
        0.0,
        -0.0,
        5e-324,
        f64::MAX,
        f64::MIN_POSITIVE,
        1e16,
        123456789.0,
        1e-7,
    ];
    for c in some
        .take(1000)
        .chain(edges)
        .chain([f64::INFINITY, f64::NEG_INFINITY, f64::NAN])
    {
        let text = format!("param {{\nv0 = {c:?}\n}}\n");
        let program: Program = text.parse().unwrap();
        assert_eq!(program.to_string(), text);
        let Stmt::Let {
            ty: Type::Real,
            expr: Expr::Real(read),
            ..
        } = program.param.stmts[0]
        else {
            panic!("{text}");
        };
        assert!(
            read.to_bits() == c.to_bits() || read.is_nan() && c.is_nan(),
            "{c:?}"
        );
    }
    for c in [i64::MIN, -1, 0, i64::MAX] {
        let program: Program = format!("param {{\nv0: label = {c}\n}}").parse().unwrap();
        assert!(
            matches!(program.param.stmts[0], Stmt::Let { ty: Type::Label, expr: Expr::Integer(k), .. } if k == c)
        );
    }
}

#[test]
fn every_operation_is_written_by_its_name() {
    for &op in Op::ALL {
        let operands = " v1".repeat(op.row().arity);
        let text = format!("update {{\nv0 = {}{operands}\n}}\n", op.row().name);
        let program: Program = text.parse().unwrap();
        assert_eq!(program.to_string(), text);
        assert!(
            matches!(&program.update.stmts[0], Stmt::Let { expr: Expr::Op(read, _), .. } if *read == op)
        );
    }
}

#[test]
fn empty_things_have_empty_texts() {
    assert_eq!(Schedule::default().to_string(), "");
    assert_eq!("".parse::<Schedule>().unwrap(), Schedule::default());
    assert_eq!("\n  \n".parse::<Program>().unwrap(), Program::default());
}

#[test]
fn a_fault_has_its_line() {
    for (text, line, message) in [
        (
            "update {\nv0 = frobnicate v1\n}",
            2,
            "expected an expression, found `frobnicate`",
        ),
        (
            "update {\nv0 = v1 + v2\n}",
            2,
            "expected an operator, found `+`",
        ),
        (
            "update {\nv0 = v1\n}",
            2,
            "expected an operator, found the end of the line",
        ),
        (
            "update {\nv0 = 1.0 2\n}",
            2,
            "expected the end of the line, found `2`",
        ),
        (
            "update {\nv0: int = 1\n}",
            2,
            "expected a type, found `int`",
        ),
        (
            "update {\nstate[k0 4] = v0\n}",
            2,
            "expected `]`, found `4`",
        ),
        (
            "update {\nstate[3 + 4] = v0\n}",
            2,
            "expected a counter, found `4`",
        ),
        (
            "update {\nstate[-1] = v0\n}",
            2,
            "expected an integer in range, found `-1`",
        ),
        (
            "update {\nv99999999999 = 1.0\n}",
            2,
            "expected a value, found `v99999999999`",
        ),
        (
            "update {\nloop k0 1..2 {\n}\n}",
            2,
            "expected `0`, found `1`",
        ),
        (
            "update {\nloop k0 0..2 (v1 = v0) {\n}\n}",
            3,
            "expected `next`, found `}`",
        ),
        ("update {\nnext v1\n}", 2, "expected `}`, found `next`"),
        ("update {\nv0 = 1.0", 2, "the text ends too early"),
        (
            "row real*99999999",
            1,
            "expected a smaller number, found `99999999`",
        ),
        ("merge real", 1, "expected `{`, found `real`"),
        ("input \"x", 1, "bad name: \"x"),
        (
            "input x row real 3 = nothing",
            1,
            "expected `argument`, `pass`, `position` or `columns`, found `nothing`",
        ),
        ("pass i map", 1, "expected no such line here, found `pass`"),
    ] {
        let error = text.parse::<Program>().expect_err(text);
        assert_eq!(
            (error.line(), error.to_string()),
            (line, format!("line {line}: {message}"))
        );
    }
    let error = "result 0 0\nargument x i real"
        .parse::<Schedule>()
        .unwrap_err();
    assert_eq!(error.line(), 2);
    let error = "pass k map".parse::<Pass>().unwrap_err();
    assert_eq!(error.to_string(), "line 1: expected an axis, found `k`");
    let error = "pass i fold j".parse::<Pass>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1: expected `reduce`, `map` or `gather`, found `fold`"
    );
}

#[test]
fn deep_loops_are_refused() {
    let nest = |depth: usize| {
        let open: String = (0..depth).map(|k| format!("loop k{k} 0..2 {{\n")).collect();
        format!("update {{\n{open}{}}}", "}\n".repeat(depth)).parse::<Program>()
    };
    assert!(nest(64).is_ok());
    assert_eq!(nest(65).unwrap_err().line(), 66);
}

#[test]
fn no_text_panics() {
    let mut bits = 1u64;
    let mut below = |n: usize| {
        bits = bits
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (bits >> 33) as usize % n
    };
    let pieces = [
        "v1", "7", "0", "2", "-1", "[", "{\n", "}\n", "\n", "\"", "\\u", "α", "..", " ",
    ];
    let mut read = 0;
    for _ in 0..5000 {
        let mut text = WHOLE.to_owned();
        for _ in 0..1 + below(2) {
            let at = text
                .char_indices()
                .nth(below(text.chars().count()))
                .unwrap()
                .0;
            let end = at + text[at..].chars().next().unwrap().len_utf8();
            text.replace_range(at..end, pieces[below(pieces.len())]);
        }
        if let Ok(schedule) = text.parse::<Schedule>() {
            read += 1;
            let printed = schedule.to_string();
            assert_eq!(printed.parse::<Schedule>().unwrap().to_string(), printed);
            // Its rules are broken before and after: an answer is all that is asked.
            assert!(crate::verify::verify_schedule(&schedule).is_err());
        }
    }
    assert!(read > 100, "{read}");
}
