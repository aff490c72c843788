//! Expressions, evaluated to nodes.

use std::collections::HashMap;
use std::f64::consts::{PI, TAU};

use keops_program::op::Op;
use keops_program::program::Type;
use proc_macro2::Ident;

use super::nearest::nearest;
use super::reduction::Reduced;
use super::scope::{Binding, Scope, Value};
use super::{Items, RealType, functions};
use crate::ast::{self, Block, Expr, ExprKind, Let, Pattern, Span, Unary};
use crate::diagnostic::{Diagnostic, Diagnostics, Errors};
use crate::formula::{Axes, Axis, Formula, Node, other};

/// Evaluates expressions, and collects what is wrong with them.
///
/// A faulty expression has the value `None`; its fault is in `errors`.
pub(crate) struct Evaluator<'a> {
    pub(super) formula: &'a mut Formula,
    pub(super) errors: Diagnostics,
    pub(super) scope: Scope,
    /// What can be called beside the functions.
    pub(super) items: &'a Items,
    /// What the formula computes in; `None` for a line of a table.
    pub(super) real: Option<&'a RealType>,
    /// What `j` stands for: the second cloud, or what a line of a table is told.
    second: Axis,
    /// The reductions that were evaluated.
    pub(super) reductions: Vec<Reduced>,
    /// What was written for each node of a reduction.
    pub(super) written: HashMap<Node, Reduced>,
    /// The axes along which each expression varies, by its address: the tree stays where it is.
    axes: HashMap<*const Expr, Axes>,
}

static NO_ITEMS: std::sync::LazyLock<Names> = std::sync::LazyLock::new(Names::default);
