use super::*;

type Blocks = Vec<(Range<usize>, Range<usize>)>;

/// Whether each pair is in a block.
fn mask(m: usize, n: usize, blocks: &Blocks) -> Vec<bool> {
    let mut mask = vec![false; m * n];
    for (rows, columns) in blocks {
        for i in rows.clone() {
            mask[i * n..][columns.clone()].fill(true);
        }
    }
    mask
}

fn visited(visits: &Visits) -> Vec<bool> {
    let mut mask = vec![false; visits.rows() * visits.columns()];
    for (rows, intervals) in visits.runs() {
        for i in rows {
            for &[from, to] in intervals {
                mask[i as usize * visits.columns()..][from as usize..to as usize].fill(true);
            }
        }
    }
    mask
}

#[test]
fn blocks_in_any_order_are_runs_of_rows() {
    let cases: [(usize, usize, Blocks); 6] = [
        (0, 0, vec![]),
        (5, 0, vec![(0..5, 0..0)]),
        (4, 5, vec![(3..4, 4..5), (0..2, 0..3)]),
        (
            6,
            6,
            vec![(0..6, 2..3), (0..3, 3..6), (3..6, 0..2), (4..4, 0..6)],
        ),
        (7, 9, vec![(1..5, 0..2), (2..6, 4..9), (3..4, 2..4)]),
        (3, 3, vec![(0..1, 0..3), (1..2, 0..3), (2..3, 0..3)]),
    ];
    for (m, n, blocks) in cases {
        let ranges = Ranges::from_blocks(m, n, &blocks).unwrap();
        let mask = mask(m, n, &blocks);
        assert_eq!(visited(ranges.by_i()), mask, "{blocks:?}");
        let transposed: Vec<bool> = (0..m * n).map(|k| mask[k % m * n + k / m]).collect();
        assert_eq!(visited(ranges.by_j()), transposed, "{blocks:?}");
        assert!((0..m * n).all(|k| ranges.meets(k / n, k % n) == mask[k]));
        assert!(!ranges.meets(m, 0) && !ranges.meets(0, n));
        assert_eq!(
            ranges.pairs(),
            mask.iter().filter(|&&in_it| in_it).count() as u128
        );
        let twice = ranges.transposed().transposed();
        assert_eq!((twice.m(), twice.n()), (m, n));
        assert_eq!(twice.by_i(), ranges.by_i());
        assert_eq!(ranges.by_i().transposed().transposed(), *ranges.by_i());
    }
}

#[test]
fn equal_runs_are_one() {
    let blocks = [(0..1, 0..2), (0..1, 2..3), (1..2, 0..3), (2..3, 0..3)];
    let ranges = Ranges::from_blocks(3, 3, &blocks).unwrap();
    let runs: Vec<_> = ranges.by_i().runs().collect();
    assert_eq!(runs, [(0..3, &[[0, 3]][..])]);
}

#[test]
fn what_is_malformed_is_an_error_that_says_so() {
    let blocks = |blocks: Blocks| Ranges::from_blocks(4, 5, &blocks).unwrap_err();
    for (error, text) in [
        (
            blocks(vec![(0..2, 0..3), (0..0, 0..5), (1..4, 2..5)]),
            "blocks 0 and 2 of the ranges overlap: a pair would be visited twice; make the blocks \
             disjoint",
        ),
        (
            blocks(vec![(0..4, 0..5), (3..4, 1..2)]),
            "blocks 0 and 1 of the ranges overlap: a pair would be visited twice; make the blocks \
             disjoint",
        ),
        (
            blocks(vec![(0..2, 0..3), (0..2, 4..6)]),
            "block 1 of the ranges has the rows 4..6 of the axis j, which has the rows 0..5",
        ),
        (
            blocks(vec![(Range { start: 3, end: 1 }, 0..3)]),
            "block 0 of the ranges has the rows 3..1 of the axis i, which has the rows 0..4",
        ),
        (
            Ranges::from_mask(&[2, 1], &[3], &[true; 2]).unwrap_err(),
            "`ends_i`: the ends of clusters ascend, and cluster 1 ends at 1, before the one before \
             it, at 2",
        ),
        (
            Ranges::from_mask(&[1, 2], &[3], &[true; 3]).unwrap_err(),
            "`keep`: 2 clusters and 1 clusters are 2 pairs, and there are 3 values",
        ),
    ] {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.kind(), ErrorKind::Rows);
    }
    let error = Ranges::from_blocks(1 << 31, 1, &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Size);
}

#[test]
fn a_mask_is_of_clusters() {
    let ranges = Ranges::from_mask(
        &[0, 2, 2, 3],
        &[1, 4],
        &[true, true, false, true, true, true, true, false],
    );
    let ranges = ranges.unwrap();
    assert_eq!((ranges.m(), ranges.n()), (3, 4));
    let blocks = vec![(0..2, 1..4), (2..3, 0..1)];
    assert_eq!(visited(ranges.by_i()), mask(3, 4, &blocks));
    let empty = Ranges::from_mask(&[], &[], &[]).unwrap();
    assert_eq!((empty.m(), empty.n(), empty.pairs()), (0, 0, 0));
}
