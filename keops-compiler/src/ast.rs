//! What was written: the tree that [`parse`](crate::parse) builds and `check` reads.
//!
//! Every node knows the tokens it came from, as a [`Span`], and nothing of types or shapes.
//! `Display` prints S-expressions: `(+ x_i (norm y_j))`.

mod show;

use keops_program::op::Op;
use proc_macro2::{Ident, TokenStream};

/// From the first to the last token of something written.
///
/// A pair, because stable Rust does not let a macro join two spans.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first token.
    pub start: proc_macro2::Span,
    /// The last token.
    pub end: proc_macro2::Span,
}

impl Span {
    /// From the start of one to the end of another.
    pub fn to(self, end: impl Into<Span>) -> Span {
        Span {
            start: self.start,
            end: end.into().end,
        }
    }
}

impl From<proc_macro2::Span> for Span {
    fn from(span: proc_macro2::Span) -> Span {
        Span {
            start: span,
            end: span,
        }
    }
}

impl From<&Ident> for Span {
    fn from(name: &Ident) -> Span {
        name.span().into()
    }
}

/// One macro call.
#[derive(Clone, Debug)]
pub enum Input {
    /// Named formulas: `fn name(…) { … }`, one or more.
    Items(Vec<Item>),
    /// A formula written where it is used.
    Inline(Inline),
}

/// A formula with a name: `pub fn gaussian<T>(x_i: [T; 3], …) -> T { … }`.
#[derive(Clone, Debug)]
pub struct Item {
    /// The documentation: `#[doc = "…"]`, one per line, in order.
    pub docs: Vec<TokenStream>,
    /// The other attributes, as written, but for `#[keops(…)]`.
    pub attributes: Vec<TokenStream>,
    /// `#[keops(order = n)]`, the highest derivative that the call offers: 1 or 2.
    pub order: u32,
    /// `pub`, `pub(crate)`, … or nothing.
    pub visibility: TokenStream,
    /// Its name.
    pub name: Ident,
    /// The type that stands for `f32` and `f64`: `T` of `fn f<T>`.
    pub generic: Option<Ident>,
    /// Its variables, in order; no two have the same name.
    pub parameters: Vec<Parameter>,
    /// The type after `->`.
    pub result: Option<ResultTy>,
    /// The formula.
    pub body: Block,
    /// From the visibility, if any, to the closing brace.
    pub span: Span,
}

/// A variable of an item: `x_i: [T; 3]`.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name with the index, never raw (`type_i`, not `r#type_i`).
    pub name: Ident,
    /// The type of one row.
    pub ty: Ty,
}

/// A formula written where it is used: `sum_j k(x_i, y_j); x_i: [f32; 3], y_j: [f32; 3] = &grid`.
#[derive(Clone, Debug)]
pub struct Inline {
    /// The formula.
    pub body: Block,
    /// Its variables, in order; no two have the same name.
    pub declarations: Vec<Declaration>,
}

/// A variable of an inline formula: `name: type` or `name: type = expression`.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Its name with the index, never raw.
    pub name: Ident,
    /// The type of one row.
    pub ty: Ty,
    /// The Rust expression that gives the rows; without it, the variable of that name.
    pub expression: Option<TokenStream>,
}

/// The type of one row of a variable: a scalar, or an array of them.
#[derive(Clone, Debug)]
pub struct Ty {
    /// The type of a component.
    pub scalar: Scalar,
    /// The dimensions, outermost first: `[[T; c]; r]` has `[r, c]`. At most 8, each at least 1.
    pub dims: Vec<usize>,
    /// Where it is written.
    pub span: Span,
}

/// The type of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// A real number.
    Real(Real),
    /// `Complex<…>` of one.
    Complex(Real),
    /// `u32`: a label.
    U32,
    /// `bool`: only in results.
    Bool,
}

/// A floating type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Real {
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// The item's own `T`, which stands for both.
    Generic,
}

/// The type after `->`.
#[derive(Clone, Debug)]
pub enum ResultTy {
    /// One value per row.
    Value(Ty),
    /// Several.
    Tuple(Vec<ResultTy>, Span),
    /// `Matrix<…>`: no reduction, a kernel matrix.
    Matrix(Scalar, Span),
}

impl ResultTy {
    /// Where it is written.
    pub fn span(&self) -> Span {
        match self {
            ResultTy::Value(ty) => ty.span,
            ResultTy::Tuple(_, span) | ResultTy::Matrix(_, span) => *span,
        }
    }
}

/// Definitions, then a value: the body of a formula, or a branch of an `if`.
#[derive(Clone, Debug)]
pub struct Block {
    /// The definitions, in order.
    pub lets: Vec<Let>,
    /// The value.
    pub result: Box<Expr>,
}

/// `let name = value;` or `let (a, b) = value;`.
#[derive(Clone, Debug)]
pub struct Let {
    /// What is named.
    pub pattern: Pattern,
    /// Its value.
    pub value: Expr,
}

/// The left side of a `let`.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// One name.
    Name(Ident),
    /// A tuple, taken apart.
    Tuple(Vec<Ident>, Span),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it is written, parentheses around it included.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `0.5`.
    Number(Number),
    /// A variable, a `let`, `i`, `j`, or a constant.
    Name(Ident),
    /// `-a`, `!a`.
    Unary(Unary, Box<Expr>),
    /// An infix operation of the table of primitives.
    Infix(Op, Box<Expr>, Box<Expr>),
    /// `a ^ p`.
    Pow(Box<Expr>, Box<Expr>),
    /// `a @ b`.
    MatMul(Box<Expr>, Box<Expr>),
    /// `|v|`.
    Norm(Box<Expr>),
    /// `a < b`.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a && b`.
    And(Box<Expr>, Box<Expr>),
    /// `a || b`.
    Or(Box<Expr>, Box<Expr>),
    /// `name(a, b)`: a function, an item, or a reduction other than `sum_i` and `sum_j`.
    Call {
        /// The name.
        name: Ident,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `[a, b]`.
    Concat(Vec<Expr>),
    /// `(a, b)`, two or more.
    Tuple(Vec<Expr>),
    /// `v[k]`, `m[r, ..]`.
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// One or more, outermost dimension first.
        subscripts: Vec<Subscript>,
    },
    /// `if condition { then } else { otherwise }`.
    If {
        /// The condition.
        condition: Box<Expr>,
        /// The value where it holds.
        then: Block,
        /// The value where it does not; `else if` is a block of one `if`.
        otherwise: Block,
    },
    /// `sum_j body` or `sum_j(body)`.
    Sum {
        /// The axis that is summed over.
        axis: Axis,
        /// `sum_i` or `sum_j`, where it is written.
        name: Ident,
        /// What is summed.
        body: Box<Expr>,
    },
}

/// A number.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The nearest f64.
    pub value: f64,
    /// As written.
    pub text: String,
}

impl Number {
    /// The value, if it is an integer that f64 holds exactly (`2`, and `2.0` too).
    pub fn integer(&self) -> Option<i64> {
        (self.value.fract() == 0.0 && self.value.abs() <= 9_007_199_254_740_992.0)
            .then_some(self.value as i64)
    }
}

/// An operation written in front of its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-a`.
    Neg,
    /// `!a`.
    Not,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `a == b`.
    Eq,
    /// `a != b`.
    Ne,
    /// `a < b`.
    Lt,
    /// `a <= b`.
    Le,
    /// `a > b`.
    Gt,
    /// `a >= b`.
    Ge,
}

impl Comparison {
    /// Every one, a spelling before its own prefix (`<=` before `<`).
    pub const ALL: [Comparison; 6] = [
        Comparison::Eq,
        Comparison::Ne,
        Comparison::Le,
        Comparison::Ge,
        Comparison::Lt,
        Comparison::Gt,
    ];

    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Eq => "==",
            Comparison::Ne => "!=",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        }
    }
}

/// An index of the two clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Of `x_i`.
    I,
    /// Of `y_j`.
    J,
}

/// One place in `v[…]`.
#[derive(Clone, Debug)]
pub struct Subscript {
    /// What is selected.
    pub kind: SubscriptKind,
    /// Where it is written.
    pub span: Span,
}

/// What one place in `v[…]` selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptKind {
    /// One component: `k`.
    At(usize),
    /// Those from `from` (else the first) up to, without, `to` (else all that follow): `a..b`, `..`.
    Range {
        /// The first.
        from: Option<usize>,
        /// The one after the last.
        to: Option<usize>,
    },
}
