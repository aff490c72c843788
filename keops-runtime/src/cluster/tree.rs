//! Which balls are near: a tree of boxes around their centres.

/// The most balls of a leaf.
const LEAF: usize = 8;

/// Balls in a tree: halves along the longest side of the box around their centres, and so on.
#[derive(Debug)]
pub(super) struct Tree<'a, const D: usize> {
    centres: &'a [[f64; D]],
    radii: &'a [f64],
    /// The numbers of the balls, those of a node beside each other.
    order: Vec<usize>,
    /// The root first; a node's halves stand after it, the left one at once.
    nodes: Vec<Node<D>>,
    /// The balls of which a centre or a radius is no finite number: they are in no box.
    odd: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Node<const D: usize> {
    /// The place in the order of the first ball, and where the last one ends.
    balls: [usize; 2],
    /// The box around the centres.
    low: [f64; D],
    high: [f64; D],
    /// The largest radius.
    radius: f64,
    /// The number of the right half; 0 of a leaf.
    right: usize,
}

impl<'a, const D: usize> Tree<'a, D> {
    /// Of as many centres and radii.
    pub(super) fn new(centres: &'a [[f64; D]], radii: &'a [f64]) -> Tree<'a, D> {
        let (order, odd): (Vec<usize>, Vec<usize>) =
            (0..centres.len()).partition(|&k| is_finite(&centres[k], radii[k]));
        let mut tree = Tree {
            centres,
            radii,
            order,
            nodes: Vec::new(),
            odd,
        };
        if !tree.order.is_empty() {
            tree.add(0, tree.order.len());
        }
        tree
    }

    /// Adds the node of some balls, and the nodes below it.
    fn add(&mut self, start: usize, end: usize) {
        let (mut low, mut high) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
        let mut radius = 0.0f64;
        for &ball in &self.order[start..end] {
            for d in 0..D {
                low[d] = low[d].min(self.centres[ball][d]);
                high[d] = high[d].max(self.centres[ball][d]);
            }
            radius = radius.max(self.radii[ball]);
        }
        let number = self.nodes.len();
        self.nodes.push(Node {
            balls: [start, end],
            low,
            high,
            radius,
            right: 0,
        });
        let side = |d: &usize| high[*d] - low[*d];
        let longest = (0..D).max_by(|a, b| side(a).total_cmp(&side(b)));
        if let Some(d) = longest
            && end - start > LEAF
        {
            let (centres, middle) = (self.centres, (end - start) / 2);
            self.order[start..end]
                .select_nth_unstable_by(middle, |&a, &b| centres[a][d].total_cmp(&centres[b][d]));
            self.add(start, start + middle);
            self.nodes[number].right = self.nodes.len();
            self.add(start + middle, end);
        }
    }

    /// Adds the numbers of all balls, in order, of which `within(distance of the centres, radius)` holds.
    /// It holds for a shorter distance and a larger radius, too, and for NaN.
    pub(super) fn near(
        &self,
        centre: &[f64; D],
        within: impl Fn(f64, f64) -> bool,
        found: &mut Vec<usize>,
    ) {
        let holds = |&ball: &usize| within(distance(centre, &self.centres[ball]), self.radii[ball]);
        found.extend(self.odd.iter().copied().filter(holds));
        let mut waiting = Vec::new();
        if !self.nodes.is_empty() {
            waiting.push(0);
        }
        while let Some(number) = waiting.pop() {
            let node = &self.nodes[number];
            let mut nearest = *centre;
            for ((x, &low), &high) in nearest.iter_mut().zip(&node.low).zip(&node.high) {
                // Written so that NaN stays.
                if *x < low {
                    *x = low;
                } else if *x > high {
                    *x = high;
                }
            }
            // A centre in the box is not nearer than that; the factor is for rounding.
            if !within(distance(centre, &nearest) * (1.0 - 1e-12), node.radius) {
                continue;
            }
            if node.right > 0 {
                waiting.extend([number + 1, node.right]);
            } else {
                let [start, end] = node.balls;
                found.extend(self.order[start..end].iter().copied().filter(holds));
            }
        }
        found.sort_unstable();
    }
}

fn is_finite<const D: usize>(centre: &[f64; D], radius: f64) -> bool {
    radius.is_finite() && centre.iter().all(|x| x.is_finite())
}

/// The distance of two points.
pub(super) fn distance<const D: usize>(a: &[f64; D], b: &[f64; D]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balls<const D: usize>(count: usize) -> (Vec<[f64; D]>, Vec<f64>) {
        let mut state = 3u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(99);
            (state >> 40) as f64 / (1 << 24) as f64
        };
        let centres = (0..count).map(|_| [0.0; D].map(|_| random()));
        let centres = centres.collect();
        let radii = (0..count).map(|_| 0.1 * random()).collect();
        (centres, radii)
    }

    fn check<const D: usize>(centres: &[[f64; D]], radii: &[f64], limit: f64) -> usize {
        let tree = Tree::new(centres, radii);
        let mut all = 0;
        for (a, centre) in centres.iter().enumerate() {
            let within = |between: f64, radius: f64| {
                let least = between - radii[a] - radius;
                least <= limit || least.is_nan()
            };
            let mut found = Vec::new();
            tree.near(centre, within, &mut found);
            let expected: Vec<usize> = (0..centres.len())
                .filter(|&b| within(distance(centre, &centres[b]), radii[b]))
                .collect();
            assert_eq!(found, expected, "ball {a}");
            all += found.len();
        }
        all
    }

    #[test]
    fn the_tree_finds_what_a_search_of_all_finds() {
        for count in [0, 1, 8, 9, 100, 500] {
            let (centres, radii) = balls::<3>(count);
            check(&centres, &radii, 0.2);
            let (centres, radii) = balls::<1>(count);
            check(&centres, &radii, 0.01);
            let (centres, radii) = balls::<10>(count);
            check(&centres, &radii, 0.5);
            check(&vec![[0.5; 2]; count], &vec![0.0; count], 0.0);
        }
        assert_eq!(check(&[[], [], []], &[0.0; 3], 1.0), 9);
    }

    #[test]
    fn what_is_not_finite_is_searched() {
        let (mut centres, mut radii) = balls::<2>(60);
        centres[7][1] = f64::NAN;
        centres[20][0] = f64::INFINITY;
        centres[21][0] = f64::NEG_INFINITY;
        radii[33] = f64::INFINITY;
        radii[34] = f64::NAN;
        check(&centres, &radii, 0.1);
        check(&centres, &radii, f64::INFINITY);
    }
}
