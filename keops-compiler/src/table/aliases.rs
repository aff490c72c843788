//! KeOps' names.

/// KeOps' names of what has another name here, in the order of OPERATIONS.md: KeOps' name, and the
/// function or reduction (without its index) that it calls with the same arguments. What is in neither
/// column, KeOps and this crate call alike.
pub const ALIASES: &[(&str, &str)] = &[
    // Element-wise.
    ("Add", "add"),
    ("Subtract", "sub"),
    ("Minus", "neg"),
    ("Mult", "mul"),
    ("Divide", "div"),
    ("Inv", "inv"),
    ("IntInv", "inv"),
    ("Pow", "pow"),
    ("Powf", "pow"),
    ("Square", "square"),
    ("Sqrt", "sqrt"),
    ("Rsqrt", "rsqrt"),
    ("Exp", "exp"),
    ("Log", "log"),
    ("Sin", "sin"),
    ("Cos", "cos"),
    ("ReLU", "relu"),
    ("Abs", "abs"),
    ("Sign", "sign"),
    ("Step", "step"),
    ("Floor", "floor"),
    ("Round", "round"),
    ("Mod", "mod"),
    ("Clamp", "clamp"),
    ("ClampInt", "clamp"),
    ("IfElse", "ifelse"),
    ("Equal", "equal"),
    ("NotEqual", "notequal"),
    ("LessThan", "lessthan"),
    ("LessOrEqual", "lessorequal"),
    // Vectors.
    ("Norm2", "norm"),
    ("SqNorm2", "sqnorm"),
    ("SqDist", "sqdist"),
    ("Normalize", "normalize"),
    ("Scalprod", "dot"),
    ("Sum", "sum"),
    ("Min", "min"),
    ("Max", "max"),
    ("ArgMin", "argmin"),
    ("ArgMax", "argmax"),
    ("Elem", "elem"),
    ("Extract", "extract"),
    ("Concat", "concat"),
    ("SumT", "fill"),
    ("Zero", "zeros"),
    ("OneHot", "onehot"),
    ("ElemT", "elem_t"),
    ("ExtractT", "extract_t"),
    ("WeightedSqNorm", "weightedsqnorm"),
    ("WeightedSqDist", "weightedsqdist"),
    ("SqNormIso", "weightedsqnorm"),
    ("SqNormDiag", "weightedsqnorm"),
    ("SymSqNorm", "symsqnorm"),
    // Tensors.
    ("MatVecMult", "matvec"),
    ("VecMatMult", "vecmat"),
    ("TensorProd", "outer"),
    ("TensorDot", "tensordot"),
    ("Kron", "kron"),
    ("BSpline", "bspline"),
    ("SoftDTW_SqDist", "softdtw"),
    // Derivatives.
    ("Grad", "grad"),
    ("Diff", "jvp"),
    ("GradMatrix", "jacobian"),
    ("Divergence", "divergence"),
    ("Laplacian", "laplacian"),
    ("TraceOperator", "trace_of"),
    ("AdjointOperator", "adjoint_of"),
    // Reductions.
    ("Min_ArgMin", "min_argmin"),
    ("Max_ArgMax", "max_argmax"),
    ("LogSumExp", "logsumexp"),
    ("LogSumExpWeight", "logsumexp"),
];

/// What KeOps' name calls; any other name calls itself.
pub fn alias(name: &str) -> &str {
    let row = ALIASES.iter().find(|(keops, _)| *keops == name);
    row.map_or(name, |&(_, ours)| ours)
}
