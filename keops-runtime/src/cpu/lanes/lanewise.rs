//! The loops over lanes: one compiled loop for each instruction, at each level.
#![allow(
    clippy::needless_range_loop,
    reason = "iterators are kept out of a level"
)]

use crate::cpu::simd::{Level, OnLevel, Simd, dispatch};
use crate::row::Real;
use core::marker::PhantomData;
use keops_program::op::{Op, Operation, Visitor};

/// Vectors that one turn of a loop handles.
const GROUP: usize = 4;

/// Where an instruction finds its operands and puts its result, as positions in the arena.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Addresses {
    pub(super) result: usize,
    pub(super) operands: [usize; 3],
    /// One scalar for all lanes.
    pub(super) uniform: [bool; 3],
    /// The result is one scalar for all lanes.
    pub(super) uniform_result: bool,
}

/// Executes an instruction over that many lanes, a multiple of [`LANE_BLOCK`](crate::cpu::nest::LANE_BLOCK).
pub(super) type Execute<T> = fn(Level, arena: &mut [T], lanes: usize, &Addresses);

/// What is done in each lane.
pub(super) trait Lanewise {
    /// The number of operands.
    const ARITY: usize;
    /// The value.
    fn apply<S: Simd>(s: S, x: &[S::F]) -> S::F;
}

/// The loop that executes an elementary operation.
pub(super) fn elementary<T: Real>(op: Op) -> Execute<T> {
    struct Find<T>(PhantomData<T>);
    impl<T: Real> Visitor for Find<T> {
        type Result = Execute<T>;
        fn visit<O: Operation>(self) -> Execute<T> {
            execute::<T, Elementary<O>>
        }
    }
    op.visit(Find(PhantomData))
}

/// The loop that executes `K`.
pub(super) fn execute<T: Real, K: Lanewise>(
    level: Level,
    arena: &mut [T],
    lanes: usize,
    addresses: &Addresses,
) {
    dispatch(
        level,
        Over::<T, K> {
            arena,
            lanes,
            addresses,
            what: PhantomData,
        },
    )
}

struct Over<'a, T, K> {
    arena: &'a mut [T],
    lanes: usize,
    addresses: &'a Addresses,
    what: PhantomData<K>,
}

impl<T: Real, K: Lanewise> OnLevel<T> for Over<'_, T, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<Scalar = T>>(self, s: S) {
        let Over {
            arena,
            lanes,
            addresses: a,
            ..
        } = self;
        let width = S::LANES;
        let zero = s.splat(0.0);
        let mut uniform = [zero; 3];
        for k in 0..K::ARITY {
            uniform[k] = s.broadcast(arena[a.operands[k]]);
        }
        // A uniform result is computed in the first lanes of the arena, which are scratch.
        let (result, lanes) = if a.uniform_result {
            (0, GROUP * width)
        } else {
            (a.result, lanes)
        };
        let mut at = 0;
        while at < lanes {
            let mut x = [[zero; 3]; GROUP];
            for k in 0..K::ARITY {
                if a.uniform[k] {
                    for operands in &mut x {
                        operands[k] = uniform[k];
                    }
                } else {
                    let from = &arena[a.operands[k] + at..][..GROUP * width];
                    for u in 0..GROUP {
                        x[u][k] = s.load(&from[u * width..]);
                    }
                }
            }
            let to = &mut arena[result + at..][..GROUP * width];
            for u in 0..GROUP {
                s.store(K::apply(s, &x[u][..K::ARITY]), &mut to[u * width..]);
            }
            at += GROUP * width;
        }
        if a.uniform_result {
            arena[a.result] = arena[0];
        }
    }
}

/// Whether a mask holds in any of these lanes: one, or a multiple of
/// [`LANE_BLOCK`](crate::cpu::nest::LANE_BLOCK).
pub(super) fn any<T: Real>(level: Level, mask: &[T]) -> bool {
    if let [mask] = mask {
        return *mask != T::ZERO;
    }
    dispatch(level, Any { mask })
}

struct Any<'a, T> {
    mask: &'a [T],
}

impl<T: Real> OnLevel<T> for Any<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<S: Simd<Scalar = T>>(self, s: S) -> bool {
        let mut most = s.splat(0.0);
        let mut at = 0;
        while at < self.mask.len() {
            most = s.max(most, s.load(&self.mask[at..]));
            at += S::LANES;
        }
        s.any(decode(s, most))
    }
}

struct Elementary<O>(PhantomData<O>);

impl<O: Operation> Lanewise for Elementary<O> {
    const ARITY: usize = O::OP.row().arity;
    #[inline(always)]
    fn apply<S: Simd>(s: S, x: &[S::F]) -> S::F {
        O::apply(s, x)
    }
}

/// Masks are 1 and 0 in lanes.
#[inline(always)]
fn encode<S: Simd>(s: S, m: S::M) -> S::F {
    s.select(m, s.splat(1.0), s.splat(0.0))
}

#[inline(always)]
fn decode<S: Simd>(s: S, x: S::F) -> S::M {
    s.lt(s.splat(0.0), x)
}

macro_rules! lanewise {
    ($($(#[doc = $doc:literal])+ $name:ident $arity:literal |$s:ident, $x:ident| $value:expr;)*) => { $(
        $(#[doc = $doc])+
        pub(super) struct $name;
        impl Lanewise for $name {
            const ARITY: usize = $arity;
            #[inline(always)]
            fn apply<S: Simd>($s: S, $x: &[S::F]) -> S::F {
                $value
            }
        }
    )* };
}

lanewise! {
    /// The operand itself.
    Copy 1 |s, x| { let _ = s; x[0] };
    /// The second where the first holds, else the third; of any type, since a slot is as wide.
    Select 3 |s, x| s.select(decode(s, x[0]), x[1], x[2]);
    /// Both masks.
    And 2 |s, x| encode(s, s.and(decode(s, x[0]), decode(s, x[1])));
    /// Either mask.
    Or 2 |s, x| encode(s, s.or(decode(s, x[0]), decode(s, x[1])));
    /// The contrary mask.
    Not 1 |s, x| encode(s, s.not(decode(s, x[0])));
    /// `<` of numbers.
    RealLt 2 |s, x| encode(s, s.lt(x[0], x[1]));
    /// `<=` of numbers.
    RealLe 2 |s, x| encode(s, s.le(x[0], x[1]));
    /// `==` of numbers.
    RealEq 2 |s, x| encode(s, s.eq(x[0], x[1]));
    /// `!=` of numbers; true with a NaN.
    RealNe 2 |s, x| encode(s, s.not(s.eq(x[0], x[1])));
    /// `<` of row numbers.
    IndexLt 2 |s, x| encode(s, s.index_lt(s.integer(x[0]), s.integer(x[1])));
    /// `<=` of row numbers.
    IndexLe 2 |s, x| encode(s, s.not(s.index_lt(s.integer(x[1]), s.integer(x[0]))));
    /// `<` of labels.
    LabelLt 2 |s, x| encode(s, s.label_lt(s.integer(x[0]), s.integer(x[1])));
    /// `<=` of labels.
    LabelLe 2 |s, x| encode(s, s.not(s.label_lt(s.integer(x[1]), s.integer(x[0]))));
    /// `==` of integers.
    IntegerEq 2 |s, x| encode(s, s.int_eq(s.integer(x[0]), s.integer(x[1])));
    /// `!=` of integers.
    IntegerNe 2 |s, x| encode(s, s.not(s.int_eq(s.integer(x[0]), s.integer(x[1]))));
    /// The difference of row numbers.
    Subtract 2 |s, x| s.slot(s.int_sub(s.integer(x[0]), s.integer(x[1])));
    /// A row number as a number.
    IndexToReal 1 |s, x| s.index_to_real(s.integer(x[0]));
    /// A label as a number.
    LabelToReal 1 |s, x| s.label_to_real(s.integer(x[0]));
}
