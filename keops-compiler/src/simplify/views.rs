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
    if let Some(woven) = unview_evenly(formula, a, offset, strides, total) {
        return formula.reshape(woven, shape);
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

/// The fewest components that are spread by a stride as a whole.
const WOVEN: u32 = 16;

/// The adjoint of a view that picks every so many components of a long row, as one part: zeros woven
/// in between.
fn unview_evenly(
    formula: &mut Formula,
    a: Node,
    offset: u32,
    strides: &[u32],
    total: u32,
) -> Option<Node> {
    let dims = formula.shape(a).to_vec();
    let count = width(&dims);
    let step = *strides.last()?;
    let even = row_major(&dims)
        .iter()
        .zip(strides)
        .zip(&dims)
        .all(|((plain, stride), &size)| size == 1 || *stride == plain * step);
    let most = count.checked_mul(step)?;
    if !even || step < 2 || count < WOVEN || offset >= step || most > total {
        return None;
    }
    let flat = formula.reshape(a, &[count]);
    let mut parts = Vec::new();
    for (is_it, turns) in [(false, offset), (true, 1), (false, step - 1 - offset)] {
        if is_it {
            parts.push(flat);
        } else if turns > 0 {
            parts.push(formula.splat(0.0, &[turns * count]));
        }
    }
    let rows = formula.concat(&parts, &[step, count]);
    let woven = formula.view(rows, 0, vec![1, count], &[count, step]);
    let woven = formula.reshape(woven, &[most]);
    if most == total {
        return Some(woven);
    }
    let rest = formula.splat(0.0, &[total - most]);
    Some(formula.concat(&[woven, rest], &[total]))
}

/// The sum of two values that are put together of parts, as the sums of the parts: what several views
/// pick of a value comes back as one. `None` if the parts do not match.
pub(crate) fn add_parts(formula: &mut Formula, a: Node, b: Node) -> Option<Node> {
    let shape = formula.shape(a).to_vec();
    if formula.shape(b) != shape {
        return None;
    }
    match (formula.kind(a).clone(), formula.kind(b).clone()) {
        (Kind::Concat, Kind::Concat) => {}
        // The same rearrangement of both: of the sum.
        (
            Kind::View { offset: 0, strides },
            Kind::View {
                offset: 0,
                strides: other,
            },
        ) => {
            let (x, y) = (formula.operands(a)[0], formula.operands(b)[0]);
            let same = strides == other && formula.shape(x) == formula.shape(y);
            if !same || !rearranges(&strides, &shape, width(formula.shape(x))) {
                return None;
            }
            let sum = add_parts(formula, x, y)?;
            return Some(formula.view(sum, 0, strides, &shape));
        }
        _ => return None,
    }
    let flat = |formula: &Formula, node: Node| -> Vec<(Node, u32)> {
        let parts = formula.operands(node).iter();
        parts
            .map(|&part| (part, width(formula.shape(part))))
            .rev()
            .collect()
    };
    let (mut left, mut right) = (flat(formula, a), flat(formula, b));
    let mut sums = Vec::new();
    while let (Some((x, m)), Some((y, n))) = (left.pop(), right.pop()) {
        let none = |node| formula.constant(node) == Some(0.0);
        let (part, taken) = match (none(x), none(y)) {
            (true, true) => {
                let least = m.min(n);
                (formula.splat(0.0, &[least]), least)
            }
            (true, false) if n <= m => (y, n),
            (false, true) if m <= n => (x, m),
            (false, false) if m == n => {
                let x = formula.reshape(x, &[m]);
                let y = formula.reshape(y, &[m]);
                (formula.op(Op::Add, &[x, y]), m)
            }
            _ => return None,
        };
        for (list, node, size) in [(&mut left, x, m), (&mut right, y, n)] {
            if size > taken {
                list.push((node, size - taken));
            }
        }
        sums.push(part);
    }
    Some(formula.concat(&sums, &shape))
}

/// Whether a view picks each of `total` components exactly once.
fn rearranges(strides: &[u32], shape: &[u32], total: u32) -> bool {
    let mut steps: Vec<(u32, u32)> = strides.iter().copied().zip(shape.iter().copied()).collect();
    steps.retain(|&(_, size)| size > 1);
    steps.sort_unstable();
    let mut reached = 1;
    for (stride, size) in steps {
        if stride != reached {
            return false;
        }
        reached *= size;
    }
    reached == total
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
