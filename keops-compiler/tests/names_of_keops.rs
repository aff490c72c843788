//! KeOps' names call what they should: each beside the same in our notation.

mod common;

use keops_compiler::table::ALIASES;

use common::checked;

const VARIABLES: &str = "x_i: [T; 3], y_j: [T; 3], a_i: T, b_j: T, m_i: [[T; 3]; 2], v_j: [T; 2], \
     s: [[T; 3]; 3], w: [T; 9], l_j: u32, z_j: Complex<T>";

/// The formula that a text means.
fn meaning(text: &str) -> String {
    let item = format!("fn f<T>({VARIABLES}) {{ {text} }}");
    let checked = checked(&item).unwrap_or_else(|e| panic!("{e}"));
    let shape = &checked.results[0].shape;
    format!(
        "{shape:?} {}",
        checked.formula.show(checked.results[0].node)
    )
}

#[test]
fn names_of_keops_mean_what_they_should() {
    let pairs = [
        ("Add(x_i, y_j)", "x_i + y_j"),
        ("Subtract(x_i, y_j)", "x_i - y_j"),
        ("Minus(y_j)", "-y_j"),
        ("Mult(a_i, y_j)", "a_i * y_j"),
        ("Divide(x_i, y_j)", "x_i / y_j"),
        ("Inv(y_j) + IntInv(3)", "1 / y_j + 1 / 3"),
        ("Pow(y_j, 3) + Powf(y_j, a_i)", "y_j^3 + y_j^a_i"),
        ("Square(y_j)", "y_j^2"),
        ("Sqrt(y_j) + Rsqrt(y_j)", "sqrt(y_j) + rsqrt(y_j)"),
        ("Exp(y_j) + Log(y_j)", "exp(y_j) + log(y_j)"),
        (
            "XLogX(y_j) + Atan2(y_j, x_i)",
            "xlogx(y_j) + atan2(y_j, x_i)",
        ),
        (
            "Asin(y_j) + Acos(y_j) + Atan(y_j)",
            "asin(y_j) + acos(y_j) + atan(y_j)",
        ),
        ("Sinc(y_j) + SinXDivX(y_j)", "sinc(y_j) + sinxdivx(y_j)"),
        (
            "Real2Complex(y_j) + Imag2Complex(y_j)",
            "complex(y_j, 0) + complex(0, y_j)",
        ),
        ("ComplexReal(z_j) * Conj(z_j)", "re(z_j) * conj(z_j)"),
        ("ComplexConj(z_j) * z_j", "conj(z_j) * z_j"),
        ("ComplexImag(z_j) + ComplexAngle(z_j)", "im(z_j) + arg(z_j)"),
        (
            "ComplexAbs(z_j) + ComplexSquareAbs(z_j)",
            "abs(z_j) + abs2(z_j)",
        ),
        ("ComplexSum([z_j, z_j])", "sum([z_j, z_j])"),
        ("ComplexSumT(z_j, 2)", "fill(z_j, 2)"),
        (
            "ComplexMult(z_j, z_j) + ComplexRealScal(a_i, z_j)",
            "z_j * z_j + a_i * z_j",
        ),
        ("ComplexDivide(z_j, z_j + 1)", "z_j / (z_j + 1)"),
        ("ComplexExp(z_j) + ComplexExp1j(b_j)", "exp(z_j) + cis(b_j)"),
        ("Sin(y_j) + Cos(y_j)", "sin(y_j) + cos(y_j)"),
        ("ReLU(y_j) + Abs(y_j)", "relu(y_j) + abs(y_j)"),
        ("Sign(y_j) + Step(y_j)", "sign(y_j) + step(y_j)"),
        ("Floor(y_j) + Round(y_j, 0)", "floor(y_j) + round(y_j, 0)"),
        ("Mod(x_i, y_j, 1)", "mod(x_i, y_j, 1)"),
        (
            "Clamp(y_j, x_i, 3) + ClampInt(y_j, 0, 1)",
            "clamp(y_j, x_i, 3) + clamp(y_j, 0, 1)",
        ),
        ("IfElse(y_j, x_i, 0)", "if y_j >= 0 { x_i } else { 0 }"),
        (
            "Equal(x_i, y_j) + NotEqual(x_i, y_j)",
            "(x_i == y_j) + (x_i != y_j)",
        ),
        (
            "LessThan(x_i, y_j) + LessOrEqual(x_i, y_j)",
            "(x_i < y_j) + (x_i <= y_j)",
        ),
        ("Norm2(y_j) + SqNorm2(y_j)", "|y_j| + |y_j|^2"),
        ("SqDist(x_i, y_j)", "|x_i - y_j|^2"),
        ("Normalize(y_j)", "normalize(y_j)"),
        ("Scalprod(x_i, y_j)", "dot(x_i, y_j)"),
        (
            "Sum(y_j) + Min(y_j) + Max(y_j)",
            "sum(y_j) + min(y_j) + max(y_j)",
        ),
        (
            "float(ArgMin(y_j)) + float(ArgMax(y_j))",
            "float(argmin(y_j)) + float(argmax(y_j))",
        ),
        ("Elem(y_j, 1) * Extract(x_i, 1, 2)", "y_j[1] * x_i[1..3]"),
        ("Concat(x_i, v_j)", "[x_i, v_j]"),
        ("SumT(b_j, 4) + Zero(4)", "fill(b_j, 4)"),
        ("OneHot(l_j, 4)", "onehot(l_j, 4)"),
        ("ElemT(b_j, 4, 1)", "[zeros(1), b_j, zeros(2)]"),
        ("ExtractT(v_j, 1, 4)", "[0, v_j, 0]"),
        (
            "WeightedSqNorm(b_j, x_i) + WeightedSqDist(y_j, x_i, 0)",
            "b_j * |x_i|^2 + dot(y_j * x_i, x_i)",
        ),
        (
            "SqNormIso(b_j, x_i) + SqNormDiag(y_j, x_i)",
            "b_j * |x_i|^2 + dot(y_j * x_i, x_i)",
        ),
        (
            "SymSqNorm(s, y_j) + WeightedSqNorm(w, y_j)",
            "dot(y_j, s @ y_j) + dot(y_j, reshape(w, [3, 3]) @ y_j)",
        ),
        (
            "MatVecMult(m_i, y_j) + MatVecMult(w[..6], y_j)",
            "m_i @ y_j + reshape(w[..6], [2, 3]) @ y_j",
        ),
        (
            "VecMatMult(v_j, m_i) + VecMatMult(v_j, w[..6])",
            "v_j @ m_i + v_j @ reshape(w[..6], [2, 3])",
        ),
        ("TensorProd(x_i, y_j)", "outer(x_i, y_j)"),
        (
            "TensorDot(m_i, s, Ind(1), Ind(0), Ind(1, 0))",
            "transpose(m_i @ s) + 0 * b_j",
        ),
        ("Kron(x_i, v_j)", "kron(x_i, v_j)"),
        ("BSpline(w, b_j, 2)", "bspline(w, b_j, 2)"),
        ("SoftDTW_SqDist(x_i, v_j, a_i)", "softdtw(x_i, v_j, a_i)"),
        ("Grad(x_i * y_j, y_j, x_i)", "vjp(x_i * y_j, y_j, x_i)"),
        ("Diff(x_i * y_j, y_j, x_i)", "jvp(x_i * y_j, y_j, x_i)"),
        ("GradMatrix(x_i * y_j, y_j)", "jacobian(x_i * y_j, y_j)"),
        (
            "Divergence(x_i * y_j, y_j) + Laplacian(|y_j|^4, y_j)",
            "divergence(x_i * y_j, y_j) + laplacian(|y_j|^4, y_j)",
        ),
        ("TraceOperator(x_i * y_j, y_j)", "trace_of(x_i * y_j, y_j)"),
        (
            "AdjointOperator(x_i * y_j, y_j, x_i)",
            "adjoint_of(x_i * y_j, y_j, x_i)",
        ),
    ];
    for (keops, ours) in pairs {
        assert_eq!(
            meaning(&format!("sum_j ({keops})")),
            meaning(&format!("sum_j ({ours})")),
            "{keops}"
        );
    }
    let reductions = [
        ("Sum_j(y_j)", "sum_j y_j"),
        ("Min_j(y_j) + Max_j(y_j)", "min_j(y_j) + max_j(y_j)"),
        (
            "float(ArgMin_j(y_j)) + float(ArgMax_j(y_j))",
            "float(argmin_j(y_j)) + float(argmax_j(y_j))",
        ),
        ("KMin_j(2, y_j)", "kmin_j(2, y_j)"),
        ("ArgKMin_j(2, y_j)", "argkmin_j(2, y_j)"),
        ("KMin_ArgKMin_j(2, y_j)", "kmin_argkmin_j(2, y_j)"),
        ("Max_SumShiftExp_j(y_j)", "logsumexp_j(y_j)"),
        ("Max_SumShiftExpWeight_j(y_j, b_j)", "logsumexp_j(y_j, b_j)"),
        ("SumSoftMaxWeight_j(b_j, y_j)", "softmax_j(b_j, y_j)"),
        ("Min_ArgMin_j(y_j)", "min_argmin_j(y_j)"),
        ("Max_ArgMax_j(y_j)", "max_argmax_j(y_j)"),
        (
            "LogSumExp_j(y_j) + LogSumExpWeight_j(y_j, b_j)",
            "logsumexp_j(y_j) + logsumexp_j(y_j, b_j)",
        ),
    ];
    for (keops, ours) in reductions {
        assert_eq!(meaning(keops), meaning(ours), "{keops}");
    }
    let texts = pairs
        .iter()
        .map(|(keops, _)| keops)
        .chain(reductions.iter().map(|(keops, _)| keops));
    let texts: Vec<&str> = texts.copied().collect();
    for (name, _) in ALIASES {
        let call = |text: &&str| {
            text.contains(&format!("{name}(")) || text.contains(&format!("{name}_j("))
        };
        assert!(texts.iter().any(call), "`{name}` is not tried here");
    }
}
