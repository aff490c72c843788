//! The functions that can be called: the rows of the tables, and a few that are more than a formula.

use super::{Evaluator, overloads};
use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::formula::Node;
use crate::table::{COMPLEX, COMPOSITES, DERIVED, JOINT, REDUCTIONS};

/// A function that moves components, changes a type, or differentiates.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its arguments, for messages.
    pub operands: &'static [&'static str],
    /// What it is, with its shape, for the documentation.
    pub doc: &'static str,
    /// Its value; called with as many arguments.
    pub(super) build: fn(&mut Evaluator<'_>, &Expr, &[Expr]) -> Option<Node>,
}

/// The functions that are no row of a table.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "sum",
        operands: &["v"],
        doc: "the sum of the components, of any shape",
        build: |e, _, args| e.sum_components(args),
    },
    Function {
        name: "fill",
        operands: &["a", "n"],
        doc: "`a` in every component of a shape: `n`, or `[r, c]`",
        build: |e, _, args| e.fill(args),
    },
    Function {
        name: "zeros",
        operands: &["n"],
        doc: "0 in every component of a shape",
        build: |e, _, args| e.zeros(args),
    },
    Function {
        name: "onehot",
        operands: &["l", "n"],
        doc: "[n]: 1 at the label (or index), else 0; all 0 for one outside",
        build: |e, _, args| e.one_hot(args),
    },
    Function {
        name: "reshape",
        operands: &["v", "[r, c]"],
        doc: "the same components, row-major, in another shape",
        build: |e, _, args| e.reshape(args),
    },
    Function {
        name: "transpose",
        operands: &["m"],
        doc: "the matrix [c, r] of a matrix [r, c]",
        build: |e, _, args| e.transpose(args),
    },
    Function {
        name: "permute",
        operands: &["t", "[axes]"],
        doc: "dimension `k` of the result is dimension `axes[k]` of `t`",
        build: |e, _, args| e.permute(args),
    },
    Function {
        name: "diagonal",
        operands: &["m"],
        doc: "[n] of a matrix [n, n]",
        build: |e, _, args| e.diagonal(args),
    },
    Function {
        name: "tensordot",
        operands: &["a", "b", "[axes of a]", "[axes of b]"],
        doc: "the sum of products over pairs of axes; the other axes of `a`, then those of `b`, in order or as the last list permutes them",
        build: |e, _, args| e.tensordot(args),
    },
    Function {
        name: "tensordot",
        operands: &["a", "b", "[axes of a]", "[axes of b]", "[axes]"],
        doc: "the sum of products over pairs of axes; the other axes of `a`, then those of `b`, in order or as the last list permutes them",
        build: |e, _, args| e.tensordot_permuted(args),
    },
    Function {
        name: "kron",
        operands: &["a", "b"],
        doc: "the Kronecker product; of vectors [n], [m] it is [n·m], else dimension by dimension",
        build: |e, x, args| e.kron(x, args),
    },
    Function {
        name: "len",
        operands: &["v"],
        doc: "the number of components, a constant",
        build: |e, _, args| e.len(args),
    },
    Function {
        name: "elem",
        operands: &["v", "k"],
        doc: "component `k` of a vector",
        build: |e, _, args| e.extract(args),
    },
    Function {
        name: "extract",
        operands: &["v", "start", "count"],
        doc: "[count] from component `start`",
        build: |e, _, args| e.extract(args),
    },
    Function {
        name: "elem_t",
        operands: &["a", "n", "k"],
        doc: "[n]: `a` at component `k`, else 0",
        build: |e, _, args| e.placed(args, 2, 1),
    },
    Function {
        name: "extract_t",
        operands: &["v", "start", "n"],
        doc: "[n]: `v` from component `start`, else 0",
        build: |e, _, args| e.placed(args, 1, 2),
    },
    Function {
        name: "concat",
        operands: &["a", "b"],
        doc: "the components of all, end to end",
        build: |e, x, args| e.concat(x, args),
    },
    Function {
        name: "float",
        operands: &["l"],
        doc: "a label, `i`, `j` or a difference of these as a number",
        build: |e, _, args| e.float(args),
    },
    Function {
        name: "pow",
        operands: &["a", "p"],
        doc: "`a ^ p`: the exact power for a literal integer",
        build: |e, _, args| e.power(&args[0], &args[1]),
    },
    Function {
        name: "clamp",
        operands: &["x", "lo", "hi"],
        doc: "the composite; constant bounds must be in order",
        build: |e, x, args| e.clamp(x, args),
    },
    Function {
        name: "grad",
        operands: &["f", "x_i"],
        doc: "the gradient of a scalar, with the shape of `x`",
        build: |e, x, args| e.grad(x, args),
    },
    Function {
        name: "grad",
        operands: &["f", "x_i", "e_i"],
        doc: "the gradient of a scalar, with the shape of `x`",
        build: |e, x, args| e.vjp(x, args),
    },
    Function {
        name: "vjp",
        operands: &["f", "x_i", "e_i"],
        doc: "Σ e·∂f/∂x, with the shape of `x`; `e` has the shape of `f`",
        build: |e, x, args| e.vjp(x, args),
    },
    Function {
        name: "jvp",
        operands: &["f", "x_i", "u_i"],
        doc: "the change of `f` with `x` along `u`, with the shape of `f`",
        build: |e, x, args| e.jvp(x, args),
    },
    Function {
        name: "laplacian",
        operands: &["f", "x_i"],
        doc: "the trace of the Hessian of a scalar",
        build: |e, x, args| e.laplacian(x, args),
    },
    Function {
        name: "divergence",
        operands: &["v", "x_i"],
        doc: "Σ ∂v_k/∂x_k; `v` has the shape of `x`",
        build: |e, x, args| e.divergence(x, args),
    },
    Function {
        name: "jacobian",
        operands: &["v", "x_i"],
        doc: "the derivative of each component by each: the dimensions of `v`, then those of `x`",
        build: |e, x, args| e.jacobian(x, args),
    },
    Function {
        name: "trace_of",
        operands: &["v", "x_i"],
        doc: "the trace of the linear map from `x` to `v`, its entries weighted by `w`",
        build: |e, x, args| e.trace_of(x, args),
    },
    Function {
        name: "trace_of",
        operands: &["v", "x_i", "w"],
        doc: "the trace of the linear map from `x` to `v`, its entries weighted by `w`",
        build: |e, x, args| e.trace_of(x, args),
    },
    Function {
        name: "adjoint_of",
        operands: &["v", "x_i", "e_i"],
        doc: "the adjoint of the linear map from `x` to `v`, at `e`",
        build: |e, x, args| e.adjoint_of(x, args),
    },
];

/// The row of a composite.
pub(super) fn composite(name: &str) -> usize {
    let row = COMPOSITES.iter().position(|row| row.name == name);
    row.unwrap_or_else(|| panic!("the table of composites has no `{name}`"))
}

/// Whether there is a function of that name, reductions apart.
pub(super) fn known(name: &str) -> bool {
    names().any(|known| known == name)
}

/// The names of all functions, reductions apart. An infix operation is not written as a call, and
/// what the compiler makes for itself is not offered.
pub(super) fn names() -> impl Iterator<Item = &'static str> + use<> {
    let complex = COMPLEX.iter().map(|row| row.name);
    let complex = complex.filter(|name| !real(name));
    overloads::names().chain(complex)
}

/// Whether there is a function of real numbers of that name.
pub(super) fn real(name: &str) -> bool {
    overloads::is_row(name)
}

/// Primitives that derivatives and `lower` make.
pub(super) const INTERNAL: [&str; 3] = ["fma", "guard", "neg"];

/// The names of all reductions.
pub(super) fn reduction_names() -> Vec<String> {
    let rows = REDUCTIONS.iter().map(|row| row.name);
    let derived = DERIVED.iter().map(|row| row.name);
    let joint = JOINT.iter().map(|(name, _)| *name);
    rows.chain(derived)
        .chain(joint)
        .flat_map(|name| [format!("{name}_j"), format!("{name}_i")])
        .collect()
}

impl Evaluator<'_> {
    /// `clamp(x, lo, hi)`: the composite, with bounds that can be seen to be in order.
    fn clamp(&mut self, expr: &Expr, args: &[Expr]) -> Option<Node> {
        let parts = self.numbers(args)?;
        if let (Some(lo), Some(hi)) = (
            self.formula.constant(parts[1].1),
            self.formula.constant(parts[2].1),
        ) && lo > hi
        {
            let (from, to) = (&args[1], &args[2]);
            return self.fault(
                Diagnostic::new(
                    from.span.to(to.span),
                    format!("no number is at least {lo} and at most {hi}"),
                )
                .help("write the lower bound first: `clamp(x, lo, hi)`"),
            );
        }
        self.composite(expr, composite("clamp"), &parts)
    }

    /// Arguments as floating numbers, each beside what was written.
    pub(super) fn numbers<'e>(&mut self, args: &'e [Expr]) -> Option<Vec<(&'e Expr, Node)>> {
        let nodes: Vec<Option<Node>> = args.iter().map(|arg| self.number(arg)).collect();
        args.iter()
            .zip(nodes)
            .map(|(arg, node)| Some((arg, node?)))
            .collect()
    }
}
