//! Prepared calls: what they refuse, saved forward passes, partial states, plans.
#![allow(missing_docs, reason = "a test")]

mod common;

use common::passes::TWO_PASSES;
use common::schedules::{GAUSSIAN, LABELS, LOGSUMEXP, NEAREST, WIDE};
use common::{Case, Given, assert_close, assert_same, options};
use keops_runtime::cpu::Level;
use keops_runtime::execute::Prepared;
use keops_runtime::plan::Engine;
use keops_runtime::{Accumulate, Argument, ErrorKind, OutputMut, Rows, View, every};

fn refused<'a>(
    case: &'a Case<f64>,
    change: impl FnOnce(&mut Vec<Argument<'a, f64>>),
) -> (ErrorKind, String) {
    let mut arguments = case.arguments();
    change(&mut arguments);
    let error = Prepared::new(&case.descriptor, &arguments, &options(Level::best())).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn wrong_arguments_are_refused_by_name() {
    let case = Case::<f64>::new(GAUSSIAN, 4, 5);
    let longer = vec![0.0; 7];
    assert_eq!(
        refused(&case, |a| a[2] = Argument::Rows(View::flat(&longer, 1))),
        (
            ErrorKind::Rows,
            "`y` has 5 rows and `b` has 7 rows: both are indexed by j, so they need as many rows"
                .into()
        )
    );
    assert_eq!(
        refused(&case, |a| a[0] =
            Argument::Rows(View::flat(&longer[..6], 2))),
        (
            ErrorKind::Width,
            "`x`: expected rows of 3 numbers, found rows of 2".into()
        )
    );
    assert_eq!(
        refused(&case, |a| a[3] = Argument::Param(&longer)).0,
        ErrorKind::Width
    );
    let labels = [1u32; 5];
    assert_eq!(
        refused(&case, |a| a[2] = Argument::Labels(View::flat(&labels, 1))),
        (
            ErrorKind::Width,
            "`b`: expected real numbers, found labels".into()
        )
    );
    let (kind, message) = refused(&case, |a| {
        a[0] = Argument::Rows(every([0.0; 3]).into_view())
    });
    assert_eq!(kind, ErrorKind::Rows);
    assert!(message.contains("`x` is `every(…)`"), "{message}");
    assert_eq!(refused(&case, |a| a.truncate(3)).0, ErrorKind::Internal);
}

#[test]
fn outputs_of_another_length_are_refused() {
    let case = Case::<f64>::new(GAUSSIAN, 4, 5);
    let prepared = case.prepare(Level::best());
    let error = prepared
        .run(&mut [OutputMut::Real(&mut [0.0; 3])])
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rows);
    let error = prepared
        .run(&mut [OutputMut::Labels(&mut [0; 4])])
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}

#[test]
fn kahan_sums_keep_their_promise() {
    // All points in one place: the terms are b themselves.
    let mut case = Case::<f32>::new(GAUSSIAN, 1, 100_000);
    for given in &mut case.given[..2] {
        let Given::Real(points) = given else {
            panic!("points are real")
        };
        points.fill(0.5);
    }
    let Given::Real(b) = &mut case.given[2] else {
        panic!("b is real")
    };
    for (k, b) in b.iter_mut().enumerate() {
        *b = 0.1 + (k % 7) as f32 * 1e-3;
    }
    let exact: f64 = b.iter().map(|&b| f64::from(b)).sum();
    let size: f64 = b.iter().map(|&b| f64::from(b.abs())).sum();
    let sum = |accumulate| {
        let mut options = options(Level::best());
        options.accumulate = accumulate;
        let prepared = Prepared::new(&case.descriptor, &case.arguments(), &options).unwrap();
        let mut sum = [0.0];
        prepared.run(&mut [OutputMut::Real(&mut sum)]).unwrap();
        (f64::from(sum[0]) - exact).abs() / size
    };
    let (blocked, kahan) = (sum(Accumulate::Blocked), sum(Accumulate::Kahan));
    println!("error over the sum of sizes: {blocked:.1e} blocked, {kahan:.1e} Kahan");
    assert!(kahan <= 4.0 * f64::from(f32::EPSILON) / 2.0, "{kahan:.1e}");
    assert!(kahan < blocked, "{kahan:.1e} and {blocked:.1e}");
}

#[test]
fn every_stands_for_all_rows() {
    let mut case = Case::<f64>::new(GAUSSIAN, 70, 90);
    let Given::Real(b) = &mut case.given[2] else {
        panic!("b is real")
    };
    b.fill(0.25);
    let expected = case.run(Level::best());
    let mut arguments = case.arguments();
    arguments[2] = Argument::Rows(every(0.25).into_view());
    let prepared = Prepared::new(&case.descriptor, &arguments, &options(Level::best())).unwrap();
    let found = case.collect(&prepared, |outputs| prepared.run(outputs).unwrap());
    assert_same(&found, &expected, "every");
}

#[test]
fn strided_rows_are_read() {
    let case = Case::<f64>::new(LOGSUMEXP, 70, 90);
    let Given::Real(x) = &case.given[0] else {
        panic!("x is real")
    };
    let backwards: Vec<f64> = x.iter().rev().flat_map(|x| [*x, 9.0]).collect();
    let mut arguments = case.arguments();
    arguments[0] = Argument::Rows(View::strided(&backwards, 138, (70, 1), (-2, 1)).unwrap());
    let prepared = Prepared::new(&case.descriptor, &arguments, &options(Level::best())).unwrap();
    let found = case.collect(&prepared, |outputs| prepared.run(outputs).unwrap());
    assert_same(&found, &case.run(Level::best()), "strided");
}

#[test]
fn a_saved_forward_pass_is_not_run_again() {
    let case = Case::<f32>::new(TWO_PASSES, 70, 90);
    let prepared = case.prepare(Level::best());
    let mut saved = None;
    let expected = case.collect(&prepared, |outputs| {
        saved = Some(prepared.run_and_save(outputs).unwrap())
    });
    assert_same(&expected, &case.run(Level::best()), "saving");
    let saved = saved.unwrap();
    let run =
        |outputs: &mut [OutputMut<'_, f32>]| prepared.run_with(Some(&saved), outputs).unwrap();
    assert_same(&case.collect(&prepared, run), &expected, "saved");

    // With other data, what was saved is still what is used.
    let mut other = Case::<f32>::new(TWO_PASSES, 70, 90);
    let Given::Real(y) = &mut other.given[1] else {
        panic!("y is real")
    };
    y.iter_mut().for_each(|y| *y += 1.0);
    let prepared = other.prepare(Level::best());
    let run =
        |outputs: &mut [OutputMut<'_, f32>]| prepared.run_with(Some(&saved), outputs).unwrap();
    assert_ne!(other.collect(&prepared, run), other.run(Level::best()));

    let smaller = Case::<f32>::new(TWO_PASSES, 69, 90);
    let prepared = smaller.prepare(Level::best());
    let run = |outputs: &mut [OutputMut<'_, f32>]| {
        let error = prepared.run_with(Some(&saved), outputs).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
    };
    smaller.collect(&prepared, run);
}

/// The rows of the arguments of axis j in a range.
fn shard(case: &Case<f64>, columns: std::ops::Range<usize>) -> Vec<Argument<'_, f64>> {
    let arguments = case
        .schedule
        .arguments
        .iter()
        .zip(&case.given)
        .zip(case.arguments());
    let cut = arguments.map(|((argument, given), whole)| {
        let width = argument.width() as usize;
        let range = columns.start * width..columns.end * width;
        match (argument.axis, given) {
            (keops_program::schedule::Axis::J, Given::Real(values)) => {
                Argument::Rows(View::flat(&values[range], width))
            }
            (keops_program::schedule::Axis::J, Given::Labels(values)) => {
                Argument::Labels(View::flat(&values[range], width))
            }
            _ => whole,
        }
    });
    cut.collect()
}

#[test]
fn partial_states_merge_to_the_whole() {
    for text in [GAUSSIAN, LOGSUMEXP, LABELS, WIDE] {
        let case = Case::<f64>::new(text, 300, 400);
        let parts = [0..128, 128..130, 130..130, 130..400].map(|range| {
            let arguments = shard(&case, range.clone());
            let options = options(Level::best());
            let part = Prepared::new(&case.descriptor, &arguments, &options).unwrap();
            part.partial(range.start as u32).unwrap()
        });
        let mut total = parts[0].clone();
        let late = total.clone();
        for part in &parts[1..] {
            total.merge(part).unwrap();
        }
        assert_eq!(total.columns(), 0..400);
        let error = total.merge(&late).unwrap_err();
        assert!(
            error.to_string().contains("in the order of their columns"),
            "{error}"
        );
        let whole = case.prepare(Level::best());
        let found = case.collect(&whole, |outputs| total.finish(outputs).unwrap());
        assert_close(&found, &case.expected(), 1e-12, "merged");
    }
    let case = Case::<f64>::new(TWO_PASSES, 3, 4);
    let error = case.prepare(Level::best()).partial(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn offsets_are_added_to_positions() {
    let case = Case::<f32>::new(NEAREST, 20, 30);
    let expected = case.run(Level::best());
    let moved = case.prepare(Level::best()).offset(0, 100_000_000).unwrap();
    let found = case.collect(&moved, |outputs| moved.run(outputs).unwrap());
    for number in [1, 3] {
        let shifted: Vec<f64> = expected[number].iter().map(|j| j + 1e8).collect();
        assert_eq!(found[number], shifted);
    }
    assert_eq!(found[2], expected[2], "the same points are gathered");
    let error = case
        .prepare(Level::best())
        .offset(0, i32::MAX as u32 - 5)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Size);
}

#[test]
fn plans_say_what_runs() {
    let case = Case::<f32>::new(NEAREST, 20, 30);
    let plan = case.prepare(Level::best()).plan().unwrap();
    assert_eq!(plan.pairs(), 620);
    assert!(
        plan.passes
            .iter()
            .all(|pass| pass.engine == Engine::Interpreted)
    );
}

#[test]
fn a_descriptor_with_a_wrong_text_is_an_error() {
    let mut case = Case::<f32>::new(GAUSSIAN, 2, 2);
    case.descriptor.schedule = "pass i reduce j\nresult 0 3\n".into();
    let error = Prepared::new(&case.descriptor, &[], &options(Level::best())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
}
