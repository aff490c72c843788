use super::*;

fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|k| k as f32).collect()
}

/// All numbers of a view, by both ways of reading it.
fn all(view: View<'_, f32>, rows: usize) -> Vec<f32> {
    let width = view.width();
    let mut out = vec![-1.0; rows * width];
    view.copy_rows(0..rows, &mut out);
    let one_by_one: Vec<f32> = (0..rows)
        .flat_map(|i| (0..width).map(move |k| view.get(i, k)))
        .collect();
    assert_eq!(out, one_by_one);
    if let Some(contiguous) = view.contiguous() {
        assert_eq!(contiguous, out);
    }
    // In two parts, too.
    let half = rows / 2;
    let (a, b) = one_by_one.split_at(half * width);
    for (range, part) in [(0..half, a), (half..rows, b)] {
        let mut out = vec![-1.0; part.len()];
        view.copy_rows(range, &mut out);
        assert_eq!(out, part);
    }
    out
}

#[test]
fn rows_of_a_slice() {
    let rows = [[[1.0f32, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]];
    let view = View::new(&rows);
    assert_eq!((view.rows(), view.width()), (Some(2), 4));
    assert_eq!(all(view, 2), (1..9).map(|k| k as f32).collect::<Vec<_>>());
    assert!(view.contiguous().is_some());
    assert_eq!(View::new::<[f32; 3]>(&[]).contiguous(), Some(&[][..]));
    assert_eq!(format!("{view:?}"), "View(2 rows of 4)");
}

#[test]
fn strides_forward_backward_and_transposed() {
    let data = numbers(12);
    let strided = |offset, shape, strides| View::strided(&data, offset, shape, strides).unwrap();
    // A matrix of 4 × 3, row-major: as it is, its transpose, rows reversed, both reversed.
    assert_eq!(all(strided(0, (4, 3), (3, 1)), 4), numbers(12));
    assert_eq!(
        all(strided(0, (3, 4), (1, 3)), 3)[..5],
        [0.0, 3.0, 6.0, 9.0, 1.0]
    );
    assert_eq!(
        all(strided(9, (4, 3), (-3, 1)), 4)[..4],
        [9.0, 10.0, 11.0, 6.0]
    );
    let reversed: Vec<f32> = numbers(12).into_iter().rev().collect();
    assert_eq!(all(strided(11, (4, 3), (-3, -1)), 4), reversed);
    // Two of three columns; every second row; one column; one row for many.
    assert_eq!(
        all(strided(1, (4, 2), (3, 1)), 4),
        [1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 10.0, 11.0]
    );
    assert_eq!(
        all(strided(0, (2, 3), (6, 1)), 2),
        [0.0, 1.0, 2.0, 6.0, 7.0, 8.0]
    );
    assert_eq!(all(strided(2, (4, 1), (3, 1)), 4), [2.0, 5.0, 8.0, 11.0]);
    assert_eq!(all(strided(3, (5, 2), (0, 1)), 5), [3.0, 4.0].repeat(5));
    // Contiguous only where it is.
    assert!(strided(3, (3, 3), (3, 1)).contiguous().is_some());
    assert!(strided(0, (1, 3), (77, 1)).contiguous().is_some());
    assert!(strided(0, (3, 1), (1, 9)).contiguous().is_some());
    assert!(strided(0, (3, 2), (3, 1)).contiguous().is_none());
    assert!(strided(0, (3, 3), (3, 0)).contiguous().is_none());
}

#[test]
fn layouts_outside_of_memory_are_errors() {
    let data = numbers(12);
    for (offset, shape, strides) in [
        (0, (5, 3), (3, 1)),
        (1, (4, 3), (3, 1)),
        (8, (4, 3), (-3, 1)),
        (0, (2, 2), (1, -1)),
        (12, (1, 1), (0, 0)),
        (0, (usize::MAX, usize::MAX), (isize::MAX, isize::MAX)),
        (usize::MAX, (2, 2), (isize::MIN, isize::MIN)),
        (0, (3, 5), (1, 3)),
    ] {
        let error = View::strided(&data, offset, shape, strides).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Layout,
            "{offset} {shape:?} {strides:?}"
        );
        assert!(
            error.to_string().contains("outside of the 12 numbers"),
            "{error}"
        );
    }
    // Nothing is read, so nothing is outside.
    for shape in [(0, 3), (3, 0)] {
        let view = View::strided(&data, 99, shape, (7, 7)).unwrap();
        view.copy_rows(0..shape.0, &mut []);
        let _ = view.contiguous();
    }
}

#[test]
fn one_row_for_all() {
    let row = [1.0f32, 2.0];
    for view in [View::every(&row), View::inline(row)] {
        assert_eq!((view.rows(), view.width()), (None, 2));
        assert_eq!(all(view, 3), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
        assert_eq!(view.get(usize::MAX, 1), 2.0);
        assert!(view.contiguous().is_none());
        assert_eq!(format!("{view:?}"), "View(every row of 2)");
    }
}

#[test]
fn widths_are_checked_with_the_name() {
    let data = numbers(12);
    View::flat(&data, 3).check("x", 3).unwrap();
    let message = |view: View<'_, f32>, width| view.check("x", width).unwrap_err().to_string();
    assert_eq!(
        message(View::flat(&data, 4), 3),
        "`x`: expected rows of 3 numbers, found rows of 4"
    );
    assert_eq!(
        message(View::flat(&data, 5), 5),
        "`x`: 12 numbers are no whole number of rows of 5"
    );
    assert_eq!(
        message(View::flat(&data, 0), 3),
        "`x`: rows of 0 numbers: the width must be at least 1"
    );
    assert_eq!(
        View::flat(&data, 5).check("x", 5).unwrap_err().kind(),
        ErrorKind::Layout
    );
}

#[test]
fn an_axis_is_not_too_long() {
    let view = View::strided(&[1.0f32], 0, (1 << 31, 1), (0, 0)).unwrap();
    let error = view.check("x", 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Size);
    assert!(
        error
            .to_string()
            .contains("2147483648 rows; an axis has at most 2147483647"),
        "{error}"
    );
    View::strided(&[1.0f32], 0, ((1 << 31) - 1, 1), (0, 0))
        .unwrap()
        .check("x", 1)
        .unwrap();
}

#[test]
#[should_panic(expected = "rows beyond the last")]
fn reading_beyond_the_rows_panics() {
    let data = numbers(12);
    View::strided(&data, 0, (2, 3), (3, 1))
        .unwrap()
        .copy_rows(1..3, &mut [0.0; 6]);
}

#[test]
fn a_view_is_copy_send_and_sync() {
    fn shared<T: Copy + Send + Sync>() {}
    shared::<View<'_, f64>>();
    shared::<View<'_, u32>>();
}
