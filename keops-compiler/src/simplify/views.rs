//! Picking, joining and spreading components.

use keops_program::op::Op;

use crate::formula::{Contraction, Formula, Kind, Node, row_major, width};

/// Component `(k1, k2, …)` of the result is component `offset + Σ k·stride` of `a`.
pub(crate) fn view(
    formula: &mut Formula,
    a: Node,
    offset: u32,
    mut strides: Vec<u32>,
    shape: &[u32],
) -> Node {
    // The stride of a dimension of size 1 says nothing.
    for (stride, &size) in strides.iter_mut().zip(shape) {
        if size == 1 {
            *stride = 0;
        }
    }
    let data = formula.data(a);
    if offset == 0 && data.shape == shape && is_row_major(&strides, shape) {
        return a;
    }
    let (first, last) = (offset, offset + reach(&strides, shape));
    match data.kind {
        Kind::Real(bits) => return formula.splat(bits.value(), shape),
        Kind::View {
            offset: inner,
            strides: ref inner_strides,
        } => {
            let composed = compose(&data.shape, inner, inner_strides, offset, &strides, shape);
            if let Some((offset, strides)) = composed {
                let base = data.operands[0];
                return formula.view(base, offset, strides, shape);
            }
        }
        Kind::Concat => {
            let mut start = 0;
            for &part in &data.operands {
                let end = start + width(formula.shape(part));
                if start <= first && last < end {
                    return formula.view(part, offset - start, strides, shape);
                }
                start = end;
            }
        }
        _ => {}
    }
    let ty = formula.ty(a);
    formula.make(Kind::View { offset, strides }, vec![a], shape.to_vec(), ty)
}

/// The largest distance from the first component.
fn reach(strides: &[u32], shape: &[u32]) -> u32 {
    strides
        .iter()
        .zip(shape)
        .map(|(stride, size)| stride * (size - 1))
        .sum()
}

fn is_row_major(strides: &[u32], shape: &[u32]) -> bool {
    let plain = row_major(shape);
    strides
        .iter()
        .zip(&plain)
        .zip(shape)
        .all(|((own, plain), &size)| size == 1 || own == plain)
}

/// A view of a view as one view, if no step of the outer one carries in the inner one's dimensions.
fn compose(
    inner_shape: &[u32],
    inner_offset: u32,
    inner_strides: &[u32],
    offset: u32,
    strides: &[u32],
    shape: &[u32],
) -> Option<(u32, Vec<u32>)> {
    let plain = row_major(inner_shape);
    let digits = |mut flat: u32| -> Vec<u32> {
        plain
            .iter()
            .map(|&step| {
                let digit = flat / step;
                flat %= step;
                digit
            })
            .collect()
    };
    let to_base = |digits: &[u32]| {
        digits
            .iter()
            .zip(inner_strides)
            .map(|(d, s)| d * s)
            .sum::<u32>()
    };
    let start = digits(offset);
    let mut furthest = start.clone();
    let mut composed = Vec::with_capacity(strides.len());
    for (&stride, &size) in strides.iter().zip(shape) {
        let step = digits(stride);
        for (far, step) in furthest.iter_mut().zip(&step) {
            *far += step * (size - 1);
        }
        composed.push(to_base(&step));
    }
    let fits = furthest
        .iter()
        .zip(inner_shape)
        .all(|(far, size)| far < size);
    fits.then(|| (inner_offset + to_base(&start), composed))
}

/// All components of the operands in order.
pub(crate) fn concat(formula: &mut Formula, operands: &[Node], shape: &[u32]) -> Node {
    debug_assert_eq!(
        operands
            .iter()
            .map(|&n| width(formula.shape(n)))
            .sum::<u32>(),
        width(shape)
    );
    if let &[single] = operands {
        return formula.reshape(single, shape);
    }
    // Constants side by side that are equal are one.
    if let Some(first) = formula.constant(operands[0])
        && operands
            .iter()
            .all(|&n| formula.constant(n).map(f64::to_bits) == Some(first.to_bits()))
    {
        return formula.splat(first, shape);
    }
    let mut flat: Vec<Node> = Vec::new();
    for &operand in operands {
        match formula.kind(operand) {
            Kind::Concat => flat.extend_from_slice(formula.operands(operand)),
            _ => flat.push(operand),
        }
    }
    let ty = formula.ty(operands[0]);
    formula.make(Kind::Concat, flat, shape.to_vec(), ty)
}

/// The adjoint of a view.
pub(crate) fn unview(
    formula: &mut Formula,
    a: Node,
    offset: u32,
    strides: &[u32],
    shape: &[u32],
) -> Node {
    // What is picked more than once is summed.
    let dims = formula.shape(a).to_vec();
    let repeated: Vec<bool> = strides
        .iter()
        .zip(&dims)
        .map(|(&s, &n)| s == 0 && n > 1)
        .collect();
    if repeated.contains(&true) {
        let all: Vec<u8> = (0..dims.len() as u8).collect();
        let kept: Vec<u8> = all
            .iter()
            .copied()
            .filter(|&d| !repeated[d as usize])
            .collect();
        let strides: Vec<u32> = kept.iter().map(|&d| strides[d as usize]).collect();
        let sum = formula.contract(
            Contraction {
                inputs: vec![all],
                output: kept,
            },
            &[a],
        );
        return formula.unview(sum, offset, &strides, shape);
    }
    let total = width(shape);
    if formula.constant(a) == Some(0.0) {
        return formula.splat(0.0, shape);
    }
    if width(&dims) == total && is_row_major(strides, &dims) {
        return formula.reshape(a, shape);
    }
    // Where each component goes; runs of components and of zeros become parts.
    let mut source = vec![None; total as usize];
    let plain = row_major(&dims);
    for k in 0..width(&dims) {
        let mut rest = k;
        let mut at = offset;
        for (step, stride) in plain.iter().zip(strides) {
            at += rest / step * stride;
            rest %= step;
        }
        if source[at as usize].replace(k).is_some() {
            return unview_by_slices(formula, a, offset, strides, shape);
        }
    }
    let mut parts = Vec::new();
    let mut at = 0;
    while at < total {
        let start = at;
        let first = source[start as usize];
        at += 1;
        while at < total && source[at as usize] == first.map(|k| k + at - start) {
            at += 1;
        }
        parts.push(match first {
            None => formula.splat(0.0, &[at - start]),
            Some(k) => formula.view(a, k, vec![1], &[at - start]),
        });
    }
    formula.concat(&parts, shape)
}

/// The adjoint of a view that picks components in more than one way: the sum of its slices'.
fn unview_by_slices(
    formula: &mut Formula,
    a: Node,
    offset: u32,
    strides: &[u32],
    shape: &[u32],
) -> Node {
    let dims = formula.shape(a).to_vec();
    let plain = row_major(&dims);
    let mut sum = formula.splat(0.0, shape);
    for k in 0..dims[0] {
        let slice = formula.view(a, k * plain[0], plain[1..].to_vec(), &dims[1..]);
        let part = formula.unview(slice, offset + k * strides[0], &strides[1..], shape);
        sum = formula.op(Op::Add, &[sum, part]);
    }
    sum
}
