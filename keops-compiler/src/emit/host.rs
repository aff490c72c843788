//! The pair work of passes as Rust, for the CPU.
//!
//! Of a program, `update` and `merge` are compiled with the user's crate; the runtime interprets the
//! rest. Out, for `sum_j exp(-|x_i - y_j|^2)` in one dimension:
//!
//! ```text
//! pub(super) struct Pass0;
//! impl<T: Real> Kernel<T, 0, 1, 1, 2> for Pass0 {
//!     const EXACT: bool = false;
//!     #[inline(always)]
//!     fn update<S: Simd<Scalar = T>, const U: usize>(s: S, p: &[T; 0], x: &[[S::F; U]; 1], y: &[T; 1], a: &mut [[S::F; U]; 2]) {
//!         let v1 = s.broadcast(y[0]);
//!         for u in 0..U {
//!             let v0 = x[0][u];
//!             let v2 = op2::<table::Sub, S>(s, v0, v1);
//!             …
//!             a[0][u] = v6;
//!         }
//!     }
//!     …
//! ```

use keops_program::program::{Block, Place, Program, StateSlot, Stmt, Type};
use keops_program::schedule::{Kind, Schedule};

use super::block;
use crate::lower::UNROLL;

/// Scalars that a pair keeps in registers, per row, below which four vectors of rows are handled
/// together: measured with AVX-512 and AVX2 at widths 3 to 256.
const FOUR: usize = 7;
/// The same for two vectors.
const TWO: usize = 12;

/// The compiled pair work of a formula's passes; passes that do the same share it.
#[derive(Default)]
pub(super) struct Kernels<'p> {
    found: Vec<Work<'p>>,
}

/// What distinguishes compiled kernels.
#[derive(PartialEq)]
struct Work<'p> {
    /// The numbers of param, row and column slots.
    slots: [&'p [Type]; 3],
    state: &'p [StateSlot],
    update: &'p Block,
    group: u32,
    grouped: &'p Block,
    merge: &'p Block,
    exact: bool,
}

impl<'p> Work<'p> {
    fn of(program: &'p Program) -> Work<'p> {
        Work {
            slots: [
                &program.param_slots,
                &program.row_slots,
                &program.column_slots,
            ],
            state: &program.state,
            update: &program.update,
            group: program.group,
            grouped: &program.grouped,
            merge: &program.merge,
            exact: program.exact,
        }
    }

    /// How many vectors of rows are handled together. Short rows and the states that `update` writes
    /// want registers; long rows are read from memory anyway, where more vectors hide the latency.
    fn vectors(&self) -> usize {
        let rows = self.slots[1].len();
        let rows = if rows > UNROLL as usize { 0 } else { rows };
        match rows + written(&self.update.stmts) {
            ..FOUR => 4,
            FOUR..=TWO => 2,
            _ => 1,
        }
    }

    /// `P, X, Y, A` of the trait.
    fn sizes(&self) -> String {
        let [p, x, y] = self.slots.map(<[Type]>::len);
        format!("{p}, {x}, {y}, {}", self.state.len())
    }
}

/// How many scalars of the state statements write.
fn written(stmts: &[Stmt]) -> usize {
    let of = |stmt: &Stmt| match stmt {
        Stmt::Store {
            place: Place::State,
            ..
        } => 1,
        Stmt::Loop(inner) => inner.count as usize * written(&inner.body),
        // What is rarely written waits in memory.
        Stmt::When { .. } => 1,
        _ => 0,
    };
    stmts.iter().map(of).sum()
}

impl<'p> Kernels<'p> {
    /// The compiled kernels of a schedule: an array of options.
    pub(super) fn of(&mut self, schedule: &'p Schedule, real: &str) -> String {
        let mut list = String::from("[");
        for pass in &schedule.passes {
            list += &match pass.kind {
                Kind::MapReduce(_) => {
                    let (number, work) = self.number(&pass.program);
                    let (sizes, vectors) = (work.sizes(), work.vectors());
                    format!(
                        "Some(__keops::compiled::<{real}, kernels::Pass{number}, {sizes}, {vectors}>), "
                    )
                }
                Kind::Map | Kind::Gather { .. } => "None, ".into(),
            };
        }
        list + "]"
    }

    fn number(&mut self, program: &'p Program) -> (usize, &Work<'p>) {
        let work = Work::of(program);
        let known = self.found.iter().position(|found| *found == work);
        let number = known.unwrap_or_else(|| {
            self.found.push(work);
            self.found.len() - 1
        });
        (number, &self.found[number])
    }

    /// The module that holds them.
    pub(super) fn module(&self) -> String {
        if self.found.is_empty() {
            return String::new();
        }
        let mut text = String::from(
            "#[allow(clippy::approx_constant)] mod kernels { use ::keops::__private::*; ",
        );
        // States are few: what merges them is written once.
        let mut merges: Vec<(usize, &Block)> = Vec::new();
        for (number, work) in self.found.iter().enumerate() {
            let merge = (work.state.len(), work.merge);
            let known = merges.iter().position(|known| *known == merge);
            let shared = known.unwrap_or_else(|| {
                merges.push(merge);
                merges.len() - 1
            });
            text += &kernel(number, shared, work);
        }
        for (number, (len, block)) in merges.into_iter().enumerate() {
            text += &merge(number, len, block);
        }
        text + "}"
    }
}

/// The kernel of a pass, whose states `merge{shared}` merges.
fn kernel(number: usize, shared: usize, work: &Work<'_>) -> String {
    let [p, x, y] = work.slots.map(<[Type]>::len);
    let (a, exact) = (work.state.len(), work.exact);
    let print = |block| {
        block::print(block, &|place| match place {
            Place::Param => "p".into(),
            Place::Row => "x".into(),
            Place::Column => "y".into(),
            _ => block::array(place),
        })
    };
    let update = print(work.update);
    let carried: Vec<String> = (0..a)
        .filter(|&k| work.state[k].carried)
        .map(|k| k.to_string())
        .collect();
    let mut rest = String::new();
    if !carried.is_empty() {
        rest += &format!(
            "const CARRIED: &'static [usize] = &[{}];",
            carried.join(", ")
        );
    }
    if work.group > 0 {
        let (group, grouped) = (work.group, print(work.grouped));
        rest += &format!(
            "const GROUP: usize = {group};
            #[inline(always)]
            fn grouped<S: Simd<Scalar = T>, const U: usize>(
                s: S, p: &[T; {p}], x: &[[S::F; U]; {x}], y: &[T], a: &mut [[S::F; U]; {a}],
            ) {{ {grouped} }}"
        );
    }
    format!(
        "pub(super) struct Pass{number};
        impl<T: Real> Kernel<T, {p}, {x}, {y}, {a}> for Pass{number} {{
        const EXACT: bool = {exact};
        #[inline(always)]
        fn update<S: Simd<Scalar = T>, const U: usize>(
            s: S, p: &[T; {p}], x: &[[S::F; U]; {x}], y: &[T; {y}], a: &mut [[S::F; U]; {a}],
        ) {{ {update} }}
        #[inline(always)]
        fn merge<S: Simd<Scalar = T>, const U: usize>(
            s: S, a: &mut [[S::F; U]; {a}], b: &[[S::F; U]; {a}],
        ) {{ merge{shared}::<S, U>(s, a, b) }}
        {rest}
        }}"
    )
}

fn merge(number: usize, len: usize, block: &Block) -> String {
    let body = block::print(block, &block::array);
    format!(
        "#[inline(always)]
        fn merge{number}<S: Simd, const U: usize>(
            s: S, a: &mut [[S::F; U]; {len}], b: &[[S::F; U]; {len}],
        ) {{ {body} }}"
    )
}
