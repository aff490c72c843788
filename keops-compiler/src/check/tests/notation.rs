//! The lines of the tables are formulas.

use keops_program::op::Op;
use keops_program::program::{Comparison, Type};

use crate::formula::{Axes, Axis, Formula, Node, Variable};
use crate::notation::{evaluate, instantiate};
use crate::table::{COMPOSITES, DERIVED, JOINT, REDUCTIONS};

/// A formula with a scalar for each of these names.
fn scalars<'n>(names: &[&'n str]) -> (Formula, Vec<(&'n str, Node)>) {
    let mut formula = Formula::new();
    let nodes = names
        .iter()
        .map(|&name| (name, declared(&mut formula, name, Type::Real, &[])));
    let nodes = nodes.collect();
    (formula, nodes)
}

fn declared(formula: &mut Formula, name: &str, ty: Type, shape: &[u32]) -> Node {
    let axis = Axis::J;
    formula.declare(Variable {
        name: name.into(),
        axis,
        ty,
        shape: shape.to_vec(),
    })
}

#[test]
fn partials_of_primitives() {
    for op in Op::ALL {
        let row = op.row();
        assert_eq!(row.partials.len(), row.arity, "{}", row.name);
        for partial in row.partials {
            let names = [&["x", "y", "z"][..row.arity], &["r"]].concat();
            let (mut formula, names) = scalars(&names);
            let node = instantiate(&mut formula, partial, &names, Axis::Unit);
            assert_eq!(formula.ty(node), Type::Real, "{}: {partial}", row.name);
        }
    }
}

#[test]
fn composites() {
    for row in COMPOSITES {
        let mut formula = Formula::new();
        let of = |formula: &mut Formula, shape: &[u32]| -> Vec<(&str, Node)> {
            let each = row
                .operands
                .iter()
                .map(|&name| (name, declared(formula, name, Type::Real, shape)));
            each.collect()
        };
        let (scalars, vectors) = (of(&mut formula, &[]), of(&mut formula, &[3]));
        let fits = [scalars, vectors]
            .map(|names| evaluate(&mut formula, row.definition, &names, Axis::Unit, "T").is_ok());
        assert!(
            fits[0] || fits[1],
            "{} takes neither scalars nor vectors",
            row.name
        );
        let (mut formula, mut names) = super::notation::scalars(row.operands);
        names.push(("r", formula.real(0.5)));
        for partial in row.partials {
            instantiate(&mut formula, partial, &names, Axis::Unit);
        }
    }
}

#[test]
fn reductions() {
    for row in REDUCTIONS {
        let (mut formula, operands) = scalars(row.operands);
        let mut states = operands.clone();
        for later in ["", "2"] {
            for state in row.state {
                let name: &'static str =
                    Box::leak(format!("{}{later}", state.name).into_boxed_str());
                states.push((name, declared(&mut formula, name, state.ty, &[])));
            }
        }
        states.push(("e", declared(&mut formula, "e", Type::Real, &[])));
        for line in row
            .shift
            .iter()
            .flat_map(|shift| [shift.share, shift.careful])
        {
            let share = instantiate(&mut formula, line, &states, Axis::J);
            assert_eq!(formula.ty(share), Type::Real, "{}: {line}", row.name);
        }
        for state in row.state {
            for line in [state.update, state.merge] {
                let node = instantiate(&mut formula, line, &states, Axis::J);
                assert_eq!(formula.ty(node), state.ty, "{}: {line}", row.name);
            }
        }
        if let Some(line) = row.list {
            let before = instantiate(&mut formula, line, &states, Axis::J);
            assert_eq!(formula.ty(before), Type::Mask, "{}: {line}", row.name);
        }
        let finish = instantiate(&mut formula, row.finish, &states, Axis::J);
        assert_eq!(formula.ty(finish), row.ty, "{}", row.name);
        let mut names = operands;
        let e = declared(&mut formula, "e", Type::Real, &[]);
        let r = declared(&mut formula, "r", Type::Real, &[]);
        let n = formula.integer(3, Type::Index);
        names.extend([("e", e), ("r", r), ("n", n)]);
        for line in row.linear {
            let node = instantiate(&mut formula, line, &names, Axis::J);
            assert_eq!(formula.ty(node), Type::Real, "{}: {line}", row.name);
        }
    }
}

#[test]
fn derived_reductions() {
    for row in DERIVED {
        let (mut formula, names) = scalars(row.operands);
        let zero = formula.real(0.0);
        let names: Vec<(&str, Node)> = names
            .into_iter()
            .map(|(name, node)| match row.conditions {
                true => (name, formula.compare(Comparison::Lt, zero, node)),
                false => (name, node),
            })
            .collect();
        let node = instantiate(&mut formula, row.definition, &names, Axis::J);
        let ty = if row.conditions {
            Type::Mask
        } else {
            Type::Real
        };
        assert_eq!(formula.ty(node), ty, "{}", row.name);
    }
    for (name, rows) in JOINT {
        let known = |row: &str| REDUCTIONS.iter().any(|known| known.name == row);
        assert!(rows.iter().all(|row| known(row)), "{name}");
    }
}

#[test]
fn lines_of_reductions_mean_the_reduced_axis() {
    let (mut formula, names) = scalars(&["x"]);
    let line = "if argmin_j(x) == j { x } else { 0 }";
    for (axis, text) in [
        (Axis::J, "if argmin_j(x) == j { x } else { 0 }"),
        (Axis::I, "if argmin_i(x) == i { x } else { 0 }"),
    ] {
        let node = instantiate(&mut formula, line, &names, axis);
        assert_eq!(formula.show(node), text);
    }
    let other = instantiate(&mut formula, "float(i)", &[], Axis::I);
    assert_eq!(formula.axes(other), Axes::of(Axis::J));
}

#[test]
fn vectors_go_through() {
    let mut formula = Formula::new();
    let x = declared(&mut formula, "x", Type::Real, &[3]);
    let line = "let t = x * 2; if t > 1 { t } else { 0 }";
    let node = instantiate(&mut formula, line, &[("x", x)], Axis::Unit);
    assert_eq!(formula.shape(node), [3]);
}

#[test]
#[should_panic(expected = "`x + q`: unknown name `q`")]
fn a_line_with_a_wrong_name_is_told() {
    let (mut formula, names) = scalars(&["x"]);
    instantiate(&mut formula, "x + q", &names, Axis::Unit);
}
