//! The functions that can be called: the rows of the tables, and a few that are more than a formula.

use super::{Evaluator, overloads, reduction};
use crate::ast::Expr;
use crate::diagnostic::Diagnostic;
use crate::formula::Node;
use crate::table::{COMPOSITES, REDUCTIONS};

/// A function that moves components, changes a type, or differentiates.
pub(super) struct Function {
    /// Its name.
    pub(super) name: &'static str,
    /// Its arguments, for messages.
    pub(super) operands: &'static [&'static str],
    /// Its value; called with as many arguments.
    pub(super) build: fn(&mut Evaluator<'_>, &Expr, &[Expr]) -> Option<Node>,
}

/// The functions that are no row of a table.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "sum",
        operands: &["v"],
        build: |e, _, args| e.sum_components(args),
    },
    Function {
        name: "fill",
        operands: &["a", "n"],
        build: |e, _, args| e.fill(args),
    },
    Function {
        name: "zeros",
        operands: &["n"],
        build: |e, _, args| e.zeros(args),
    },
    Function {
        name: "onehot",
        operands: &["l", "n"],
        build: |e, _, args| e.one_hot(args),
    },
    Function {
        name: "reshape",
        operands: &["v", "[r, c]"],
        build: |e, _, args| e.reshape(args),
    },
    Function {
        name: "transpose",
        operands: &["m"],
        build: |e, _, args| e.transpose(args),
    },
    Function {
        name: "permute",
        operands: &["t", "[axes]"],
        build: |e, _, args| e.permute(args),
    },
    Function {
        name: "diagonal",
        operands: &["m"],
        build: |e, _, args| e.diagonal(args),
    },
    Function {
        name: "tensordot",
        operands: &["a", "b", "[axes of a]", "[axes of b]"],
        build: |e, _, args| e.tensordot(args),
    },
    Function {
        name: "tensordot",
        operands: &["a", "b", "[axes of a]", "[axes of b]", "[axes]"],
        build: |e, _, args| e.tensordot_permuted(args),
    },
    Function {
        name: "kron",
        operands: &["a", "b"],
        build: |e, x, args| e.kron(x, args),
    },
    Function {
        name: "len",
        operands: &["v"],
        build: |e, _, args| e.len(args),
    },
    Function {
        name: "elem",
        operands: &["v", "k"],
        build: |e, _, args| e.extract(args),
    },
    Function {
        name: "extract",
        operands: &["v", "start", "count"],
        build: |e, _, args| e.extract(args),
    },
    Function {
        name: "elem_t",
        operands: &["a", "n", "k"],
        build: |e, _, args| e.placed(args, 2, 1),
    },
    Function {
        name: "extract_t",
        operands: &["v", "start", "n"],
        build: |e, _, args| e.placed(args, 1, 2),
    },
    Function {
        name: "concat",
        operands: &["a", "b"],
        build: |e, x, args| e.concat(x, args),
    },
    Function {
        name: "float",
        operands: &["l"],
        build: |e, _, args| e.float(args),
    },
    Function {
        name: "pow",
        operands: &["a", "p"],
        build: |e, _, args| e.power(&args[0], &args[1]),
    },
    Function {
        name: "clamp",
        operands: &["x", "lo", "hi"],
        build: |e, x, args| e.clamp(x, args),
    },
    Function {
        name: "grad",
        operands: &["f", "x_i"],
        build: |e, x, args| e.grad(x, args),
    },
    Function {
        name: "grad",
        operands: &["f", "x_i", "e_i"],
        build: |e, x, args| e.vjp(x, args),
    },
    Function {
        name: "vjp",
        operands: &["f", "x_i", "e_i"],
        build: |e, x, args| e.vjp(x, args),
    },
    Function {
        name: "jvp",
        operands: &["f", "x_i", "u_i"],
        build: |e, x, args| e.jvp(x, args),
    },
    Function {
        name: "laplacian",
        operands: &["f", "x_i"],
        build: |e, x, args| e.laplacian(x, args),
    },
    Function {
        name: "divergence",
        operands: &["v", "x_i"],
        build: |e, x, args| e.divergence(x, args),
    },
    Function {
        name: "jacobian",
        operands: &["v", "x_i"],
        build: |e, x, args| e.jacobian(x, args),
    },
    Function {
        name: "trace_of",
        operands: &["v", "x_i"],
        build: |e, x, args| e.trace_of(x, args),
    },
    Function {
        name: "trace_of",
        operands: &["v", "x_i", "w"],
        build: |e, x, args| e.trace_of(x, args),
    },
    Function {
        name: "adjoint_of",
        operands: &["v", "x_i", "e_i"],
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
    overloads::names()
}

/// Primitives that derivatives and `lower` make.
pub(super) const INTERNAL: [&str; 3] = ["fma", "guard", "neg"];

/// The names of all reductions.
pub(super) fn reduction_names() -> Vec<String> {
    let rows = REDUCTIONS.iter().map(|row| row.name);
    let pairs = reduction::PAIRS.iter().map(|(name, _)| *name);
    rows.chain(pairs)
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
