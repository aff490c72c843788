//! Formula → passes.
//!
//! Reductions of one level, axis and rows are one pass, those that gather selected columns apart. A
//! reduction that holds another one is of a higher level: the inner one's result is stored by an earlier
//! pass and read as data. What is left around the reductions of a pass, its epilogue, is the pass's
//! `finish`.
//!
//! `grad_x` of `logsumexp_j(f(x_i, y_j))`, for instance, is two passes: one that stores the value
//! `r_i`, and one that sums `exp(f - r_i) ∂f/∂x`.

mod gather;

use std::collections::{BTreeMap, HashMap};

use keops_program::program::Source;
use keops_program::schedule::{Argument, Axis, Kind as PassKind, Pass, Schedule, Target};

use crate::expand::expand;
use crate::formula::{Formula, Kind, Node};
use crate::lower;

/// A result that is wanted of a call.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name, for readers.
    pub name: String,
    /// Its formula.
    pub node: Node,
    /// What numbers its rows.
    pub axis: Axis,
    /// The number of the argument whose rows it has: what a gradient is by.
    pub like: Option<u32>,
}

/// What a pass computes, before it is lowered.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// What numbers its rows.
    pub(crate) rows: Axis,
    /// What it reduces over; `None` for an epilogue alone.
    pub(crate) columns: Option<Axis>,
    /// The reductions that it performs.
    pub(crate) reductions: Vec<Node>,
    /// Its results, by name.
    pub(crate) outputs: Vec<(String, Node)>,
}

/// The reductions of the values (numbered by `axis`) that these gradients need: what `.forward()`
/// keeps.
///
/// They are the values' own, and others of the same operands (the `argmin` of a `min`, the
/// `logsumexp` of a `softmax`), where they appear inside other reductions or beside reductions of other
/// passes.
pub fn saved(
    formula: &mut Formula,
    values: &[Node],
    gradients: &[Wanted],
    axis: Axis,
) -> Vec<Node> {
    let values = expand(formula, values);
    let values = Levels::of(formula, &values).reductions;
    let roots: Vec<Node> = gradients.iter().map(|wanted| wanted.node).collect();
    let roots = expand(formula, &roots);
    let roots = gather::split(formula, &roots);
    let levels = Levels::of(formula, &roots);
    let of_value = |node: Node| {
        let Kind::Reduce { axis: columns, .. } = *formula.kind(node) else {
            return false;
        };
        let like = |&value: &Node| {
            let operands = formula.operands(value);
            matches!(*formula.kind(value), Kind::Reduce { axis, .. } if axis == columns)
                && formula.operands(node).iter().all(|n| operands.contains(n))
        };
        levels.level(node) == 1
            && formula.axes(node).single() == Some(axis)
            && values.iter().any(like)
    };
    let mut saved: Vec<Node> = Vec::new();
    for (k, &root) in roots.iter().enumerate() {
        let home = home(formula, &levels, root, gradients[k].axis);
        let beside = direct(formula, root);
        saved.extend(
            beside
                .into_iter()
                .filter(|&n| key(formula, &levels, n) != home),
        );
    }
    for &node in &levels.reductions {
        for operand in formula.operands(node) {
            saved.extend(direct(formula, *operand));
        }
    }
    saved.retain(|&node| of_value(node));
    saved.sort_unstable();
    saved.dedup();
    saved
}

/// The passes that compute the wanted results from the arguments (numbers of variables, in the
/// order of the call).
///
/// `kept` are the reductions of the value that a `Forward` holds. If the results need any of them, the
/// first pass stores all of them and computes nothing else; it is marked, for where there is a
/// `Forward` it is left out. With `give`, the results are the value's: that pass is made in any case,
/// and has them after what is kept.
pub fn schedule(
    formula: &mut Formula,
    arguments: &[u32],
    wanted: &[Wanted],
    kept: &[Node],
    give: bool,
) -> Schedule {
    let roots: Vec<Node> = wanted.iter().map(|wanted| wanted.node).collect();
    let roots = expand(formula, &roots);
    let roots = gather::split(formula, &roots);
    let kept = expand(formula, kept);
    let mut levels = Levels::of(formula, &roots);
    if give || kept.iter().any(|node| levels.reductions.contains(node)) {
        levels.keep(formula, &kept, give);
    }

    // Passes, in the order in which they can run.
    let mut plans: BTreeMap<Key, Plan> = BTreeMap::new();
    for &node in levels.kept.iter().chain(&levels.reductions) {
        let key = key(formula, &levels, node).expect("a reduction has a pass");
        let plan = plans.entry(key).or_insert_with(|| Plan {
            rows: key.rows.axis(),
            columns: Some(key.columns.axis()),
            reductions: Vec::new(),
            outputs: Vec::new(),
        });
        if !plan.reductions.contains(&node) {
            plan.reductions.push(node);
        }
    }
    if let Some(plan) = levels.forward.and_then(|key| plans.get_mut(&key)) {
        let kept = levels.kept.iter().enumerate();
        plan.outputs = kept.map(|(k, &node)| (format!("saved{k}"), node)).collect();
    }

    // Where each result is made, and which reductions must be stored for that.
    let homes: Vec<Option<Key>> = roots
        .iter()
        .zip(wanted)
        .map(|(&root, w)| home(formula, &levels, root, w.axis))
        .collect();
    let mut stored: Vec<Node> = Vec::new();
    for &node in &levels.reductions {
        for operand in formula.operands(node) {
            stored.extend(direct(formula, *operand));
        }
    }
    for (&root, home) in roots.iter().zip(&homes) {
        let beside = direct(formula, root);
        stored.extend(
            beside
                .into_iter()
                .filter(|&n| key(formula, &levels, n) != *home),
        );
    }
    stored.sort_unstable();
    stored.dedup();
    for node in stored {
        let key = key(formula, &levels, node).expect("a reduction has a pass");
        let plan = plans.get_mut(&key).expect("every reduction is in a pass");
        if !plan.outputs.iter().any(|&(_, n)| n == node) {
            let name = format!("r{}", plan.outputs.len());
            plan.outputs.push((name, node));
        }
    }

    // Results are made at the end of their pass, or in a pass of their own.
    let mut maps: Vec<Plan> = Vec::new();
    let mut places: Vec<(Option<Key>, usize, usize)> = Vec::new();
    for ((&root, home), wanted) in roots.iter().zip(&homes).zip(wanted) {
        let output = (wanted.name.clone(), root);
        match home {
            Some(key) => {
                let plan = plans.get_mut(key).expect("a home is a pass");
                plan.outputs.push(output);
                places.push((Some(*key), 0, plan.outputs.len() - 1));
            }
            None => {
                let position = maps.iter().position(|map| map.rows == wanted.axis);
                let position = position.unwrap_or_else(|| {
                    let rows = wanted.axis;
                    let (reductions, outputs) = (Vec::new(), Vec::new());
                    maps.push(Plan {
                        rows,
                        columns: None,
                        reductions,
                        outputs,
                    });
                    maps.len() - 1
                });
                maps[position].outputs.push(output);
                places.push((None, position, maps[position].outputs.len() - 1));
            }
        }
    }

    let keys: Vec<Key> = plans.keys().copied().collect();
    let number = |key: Key| keys.iter().position(|&k| k == key).expect("a pass") as u32;
    let results: Vec<Target> = places
        .iter()
        .zip(wanted)
        .map(|(&(key, map, output), wanted)| Target {
            pass: key.map_or((keys.len() + map) as u32, number),
            output: output as u32,
            like: wanted.like.filter(|_| wanted.axis != Axis::Unit),
        })
        .collect();

    let mut known: BTreeMap<Node, Source> = BTreeMap::new();
    let mut passes = Vec::new();
    let in_order = keys.iter().map(|key| &plans[key]);
    for (pass, plan) in in_order.chain(&maps).enumerate() {
        let program = lower::lower(formula, plan, arguments, &known);
        let kind = match plan.columns {
            None => PassKind::Map,
            Some(axis) => gather::input(plan, &program, &levels.indices, &known).map_or(
                PassKind::MapReduce(axis),
                |index| PassKind::Gather { axis, index },
            ),
        };
        let is_forward = levels.forward.is_some() && pass == 0;
        for (output, &(_, node)) in plan.outputs.iter().enumerate() {
            if plan.reductions.contains(&node) {
                let source = Source::Output {
                    pass: pass as u32,
                    output: output as u32,
                };
                known.entry(node).or_insert(source);
            }
        }
        passes.push(Pass {
            kind,
            rows: plan.rows,
            program,
            forward: is_forward,
        });
    }

    let arguments = arguments
        .iter()
        .map(|&number| {
            let variable = &formula.variables()[number as usize];
            Argument {
                name: variable.name.clone(),
                axis: variable.axis,
                ty: variable.ty,
                shape: variable.shape.clone(),
            }
        })
        .collect();
    Schedule {
        arguments,
        passes,
        results,
    }
}

/// What distinguishes passes; smaller ones run first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// 0 for the forward pass.
    level: u32,
    rows: Order,
    columns: Order,
    /// The reduction that gives the columns which alone are needed.
    index: Option<Node>,
}

/// An axis, ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    I,
    J,
    Batch,
    Unit,
}

impl Order {
    fn of(axis: Axis) -> Order {
        match axis {
            Axis::I => Order::I,
            Axis::J => Order::J,
            Axis::Batch => Order::Batch,
            Axis::Unit => Order::Unit,
        }
    }

    fn axis(self) -> Axis {
        match self {
            Order::I => Axis::I,
            Order::J => Axis::J,
            Order::Batch => Axis::Batch,
            Order::Unit => Axis::Unit,
        }
    }
}

/// The pass of a reduction.
fn key(formula: &Formula, levels: &Levels, node: Node) -> Option<Key> {
    let Kind::Reduce { axis, .. } = *formula.kind(node) else {
        return None;
    };
    let rows = formula.axes(node).single()?;
    let key = Key {
        level: levels.level(node),
        rows: Order::of(rows),
        columns: Order::of(axis),
        index: levels.indices.get(&node).copied(),
    };
    let beside = |forward: &Key| {
        levels.shared
            && key
                == Key {
                    level: 1,
                    ..*forward
                }
    };
    match levels.forward {
        Some(forward) if levels.kept.contains(&node) || beside(&forward) => Some(forward),
        _ => Some(key),
    }
}

/// The pass at the end of which a result is made: the last of those whose reductions it holds, if
/// its rows are the result's. Results of the same pass share it. A forward pass that may be left out
/// is none.
fn home(formula: &Formula, levels: &Levels, root: Node, axis: Axis) -> Option<Key> {
    let keys = direct(formula, root)
        .into_iter()
        .filter_map(|node| key(formula, levels, node));
    let last = keys.max().filter(|key| key.rows.axis() == axis);
    last.filter(|_| levels.shared || last != levels.forward)
}

/// The reductions that a node is made of, without those inside them.
fn direct(formula: &Formula, root: Node) -> Vec<Node> {
    let mut found = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if !seen.insert(node) {
            continue;
        }
        if let Kind::Reduce { .. } = formula.kind(node) {
            found.push(node);
        } else {
            open.extend_from_slice(formula.operands(node));
        }
    }
    found
}

/// How many reductions each node holds one inside the other.
struct Levels {
    levels: Vec<u32>,
    /// Every reduction, inner ones first.
    reductions: Vec<Node>,
    /// Of sums that need few columns, the reduction that gives them.
    indices: HashMap<Node, Node>,
    /// What a `Forward` holds.
    kept: Vec<Node>,
    /// The pass that computes it: before all others.
    forward: Option<Key>,
    /// That pass computes the value's other reductions, and the results, as well.
    shared: bool,
}

impl Levels {
    fn of(formula: &Formula, roots: &[Node]) -> Levels {
        let reachable = formula.reachable(roots);
        let mut levels = vec![0; reachable.last().map_or(0, |n| n.0 as usize + 1)];
        let mut reductions = Vec::new();
        for node in reachable {
            let inner = formula
                .operands(node)
                .iter()
                .map(|n| levels[n.0 as usize])
                .max();
            let reduces = matches!(formula.kind(node), Kind::Reduce { .. });
            levels[node.0 as usize] = inner.unwrap_or(0) + u32::from(reduces);
            if reduces {
                reductions.push(node);
            }
        }
        let outer = reductions.iter().filter(|n| levels[n.0 as usize] > 1);
        let indices = outer
            .filter_map(|&node| Some((node, gather::index(formula, node)?)))
            .collect();
        Levels {
            levels,
            indices,
            reductions,
            kept: Vec::new(),
            forward: None,
            shared: false,
        }
    }

    /// Makes a pass of its own of what a `Forward` holds: reductions of one level, axis and rows.
    fn keep(&mut self, formula: &Formula, kept: &[Node], shared: bool) {
        let first = kept.first().and_then(|&node| key(formula, self, node));
        self.forward = first.map(|key| Key { level: 0, ..key });
        self.kept = kept.to_vec();
        self.shared = shared;
    }

    fn level(&self, node: Node) -> u32 {
        self.levels.get(node.0 as usize).copied().unwrap_or(1)
    }
}
