use super::*;
use crate::error::{Error, ErrorKind};

/// Fills every result with 1, 2, …, continuing from result to result.
fn ramp(outputs: &mut [OutputMut<'_, f32>]) -> Result<()> {
    let mut next = 0;
    for output in outputs {
        match output {
            OutputMut::Real(values) => values.iter_mut().for_each(|value| {
                next += 1;
                *value = next as f32;
            }),
            OutputMut::Labels(values) => values.iter_mut().for_each(|value| {
                next += 1;
                *value = next % 3;
            }),
        }
    }
    Ok(())
}

/// What `run` does, after the call is prepared.
fn collect<R: Results<f32>>(rows: &[usize]) -> Result<R::Value> {
    assert_eq!(R::COUNT, rows.len());
    let mut results = R::allocate(&mut counter(|result| rows[result]))?;
    fill::<f32, R>(results.borrow(), ramp)?;
    Ok(results.value())
}

/// What `run_into` does, after the call is prepared.
fn collect_into<R: Results<f32>>(rows: &[usize], into: R::Into<'_>) -> Result<()> {
    R::check(&into, &mut counter(|result| rows[result]))?;
    fill::<f32, R>(into, ramp)
}

#[test]
fn results_are_collected() {
    assert_eq!(collect::<Vec<f32>>(&[3]).unwrap(), [1.0, 2.0, 3.0]);
    assert_eq!(
        collect::<Vec<[[f32; 1]; 2]>>(&[1]).unwrap(),
        [[[1.0], [2.0]]]
    );
    assert_eq!(collect::<Single<[f32; 2]>>(&[1]).unwrap(), [1.0, 2.0]);
    let (a, b, c, d) =
        collect::<(Vec<[f32; 2]>, Vec<u32>, Single<f32>, Vec<[bool; 2]>)>(&[2, 1, 1, 2]).unwrap();
    assert_eq!(a, [[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(b, [5 % 3]);
    assert_eq!(c, 6.0);
    assert_eq!(d, [[true, true], [false, true]]);
    let ((a, b), c) = collect::<((Vec<f32>, Single<u32>), Vec<f32>)>(&[0, 1, 2]).unwrap();
    assert_eq!((a.len(), b, c), (0, 1, vec![2.0, 3.0]));
}

#[test]
fn results_are_written_into_the_callers_memory() {
    let (mut a, mut b, mut c) = (vec![[0.0f32; 2]; 2], [false; 3], 0.0f32);
    type Three = (Vec<[f32; 2]>, Vec<bool>, Single<f32>);
    // A `Vec` and an array are slices here, as they are in the parameter of `run_into`.
    fn into(out: (&mut [[f32; 2]], &mut [bool], &mut f32)) -> Result<()> {
        collect_into::<Three>(&[2, 3, 1], out)
    }
    into((&mut a, &mut b, &mut c)).unwrap();
    assert_eq!(
        (a, b, c),
        (vec![[1.0, 2.0], [3.0, 4.0]], [true, false, true], 8.0)
    );
}

#[test]
fn memory_of_another_size_is_an_error() {
    let (mut a, mut b) = (vec![0.0f32; 2], vec![7u32; 4]);
    let error = collect_into::<(Vec<f32>, Vec<u32>)>(&[2, 3], (&mut a, &mut b)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rows);
    assert_eq!(
        error.to_string(),
        "`run_into`: the memory for result 1 has 4 rows, and the result has 3"
    );
    assert_eq!(b, [7; 4]);
}

#[test]
fn memory_that_does_not_exist_is_an_error() {
    let error = collect::<Vec<[f32; 4]>>(&[usize::MAX / 8]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory);
    assert!(
        error.to_string().starts_with("no memory for result 0"),
        "{error}"
    );
}

#[test]
fn a_single_value_has_one_row() {
    assert_eq!(
        collect::<Single<f32>>(&[2]).unwrap_err().kind(),
        ErrorKind::Internal
    );
}

#[test]
fn a_failed_run_is_passed_on() {
    let mut a = [0.0f32];
    let failed = fill::<f32, Vec<f32>>(&mut a, |_| Err(Error::internal("no")));
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Internal);
}
