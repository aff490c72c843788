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
        let by_j = ranges.by_i().transposed(u64::MAX).unwrap();
        assert_eq!(by_j.transposed(u64::MAX).as_ref(), Ok(ranges.by_i()));
        assert_eq!(by_j, *ranges.by_j());
    }
}

#[test]
fn whether_the_pairs_are_symmetric() {
    let cases: [(Blocks, Option<(usize, usize)>); 9] = [
        (vec![], None),
        (vec![(0..5, 0..5)], None),
        (vec![(0..2, 0..2), (3..4, 3..5), (4..5, 3..4)], None),
        (vec![(0..2, 2..5), (2..5, 0..2)], None),
        (vec![(0..2, 2..5), (2..4, 0..2)], Some((0, 4))),
        (vec![(0..2, 2..4), (2..5, 0..2)], Some((4, 0))),
        (vec![(0..1, 1..5)], Some((0, 1))),
        (vec![(1..5, 0..1)], Some((1, 0))),
        (vec![(0..5, 0..2), (0..2, 3..5)], Some((2, 0))),
    ];
    for (blocks, pair) in cases {
        let ranges = Ranges::from_blocks(5, 5, &blocks).unwrap();
        assert_eq!(ranges.unsymmetric().unwrap(), pair, "{blocks:?}");
        let turned = ranges.transposed().unsymmetric().unwrap();
        assert_eq!(turned, pair.map(|(i, j)| (j, i)), "{blocks:?}");
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

/// Blocks within each other: block k has the rows k..m-k and a column of its own.
fn nested(count: usize) -> Blocks {
    (0..count)
        .map(|k| (k..2 * count - k, 2 * k..2 * k + 1))
        .collect()
}

#[test]
fn nested_blocks_are_bounded_in_memory() {
    let count = 100;
    let ranges = Ranges::from_blocks(2 * count, 2 * count, &nested(count)).unwrap();
    assert_eq!(
        visited(ranges.by_i()),
        mask(2 * count, 2 * count, &nested(count))
    );
    let intervals: usize = ranges.by_i().runs().map(|(_, met)| met.len()).sum();
    assert_eq!(intervals, count * count);
    // By the columns each is one block.
    let by_j = ranges.by_j();
    assert_eq!(by_j.runs().map(|(_, met)| met.len()).sum::<usize>(), count);

    let rectangles = |flip: bool| {
        let blocks = nested(count).into_iter().enumerate();
        let block = |(number, (rows, columns))| match flip {
            false => Rectangle {
                rows,
                columns,
                number,
            },
            true => Rectangle {
                rows: columns,
                columns: rows,
                number,
            },
        };
        blocks.map(block).collect::<Vec<_>>()
    };
    let enough = 16 * (count * count) as u64;
    for (limit, fits) in [(enough, true), (enough - 1, false)] {
        let made = Visits::new(2 * count, 2 * count, rectangles(false), limit);
        assert_eq!(made.is_ok(), fits, "{made:?}");
        let small = Visits::new(2 * count, 2 * count, rectangles(true), limit).unwrap();
        assert_eq!(small.transposed(limit).is_ok(), fits);
    }
    let error = too_much(enough.into());
    assert_eq!(error.kind(), ErrorKind::Memory);
    assert!(
        error
            .to_string()
            .starts_with("the ranges need 156.2 KiB or more"),
        "{error}"
    );
}

#[test]
fn a_staircase_is_as_cheap_from_both_sides() {
    // Row i meets the columns before it: one interval for each row and each column, and time to match
    // (going over every row with every column would take minutes).
    let count = 1 << 20;
    let blocks: Blocks = (0..count).map(|i| (i..i + 1, 0..i)).collect();
    let ranges = Ranges::from_blocks(count, count, &blocks).unwrap();
    let by_j = ranges.by_j();
    assert_eq!(by_j.pairs(), ranges.pairs());
    assert!(by_j.meets(3, 4) && !by_j.meets(4, 4) && !by_j.meets(5, 4));
    let transposed = ranges.transposed();
    assert!(transposed.meets(7, 1 << 19) && !transposed.meets(1 << 19, 7));
    assert_eq!(transposed.pairs(), ranges.pairs());
}

#[test]
fn random_blocks_are_the_same_from_both_sides() {
    let mut state = 5u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((state >> 33) as usize) % below
    };
    for _ in 0..200 {
        let (m, n) = (1 + random(40), 1 + random(40));
        let mut blocks: Blocks = Vec::new();
        for _ in 0..random(30) {
            let (i, j) = (random(m), random(n));
            let block = (i..i + 1 + random(m - i), j..j + 1 + random(n - j));
            blocks.push(block);
            if Ranges::from_blocks(m, n, &blocks).is_err() {
                blocks.pop();
            }
        }
        let ranges = Ranges::from_blocks(m, n, &blocks).unwrap();
        let mask = mask(m, n, &blocks);
        assert_eq!(visited(ranges.by_i()), mask, "{blocks:?}");
        let transposed: Vec<bool> = (0..m * n).map(|k| mask[k % m * n + k / m]).collect();
        assert_eq!(visited(ranges.by_j()), transposed, "{blocks:?}");
        // The same as from the blocks with their sides exchanged.
        let exchanged: Blocks = blocks.iter().map(|(a, b)| (b.clone(), a.clone())).collect();
        let exchanged = Ranges::from_blocks(n, m, &exchanged).unwrap();
        assert_eq!(exchanged.by_i(), ranges.by_j());
        assert_eq!(exchanged.by_j(), ranges.by_i());
    }
}
