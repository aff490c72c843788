//! What the verifier refuses, and how a kernel reads.

use keops_gpu::builder::Builder;
use keops_gpu::kernel::{
    Binary, Comparison, Instr, Kernel, Operand, ParamKind, Precision, Reg, Special, Stmt, Type,
    Unary,
};

/// A kernel that doubles what its threads' numbers point to, over shared and local memory.
fn small(precision: Precision) -> Kernel {
    let b = Builder::new("twice", precision, false);
    let input = b.param("x", ParamKind::Input(Type::Real));
    let output = b.param("y", ParamKind::Output(Type::Real));
    let count = b.param("count", ParamKind::Number);
    let size = b.real_size();
    let thread = b.special(Special::Thread, "thread");
    let tile = b.register(Type::U32, Some("tile"));
    b.instr(Instr::SharedBase { to: tile });
    let mine = b.fma(Type::U32, thread, Operand::U32(size), tile);
    let from = b.offset_pointer(b.read_param(input), thread, size);
    let x = b.register(Type::Real, Some("x1"));
    b.instr(Instr::LoadGlobal {
        to: vec![x],
        pointer: from,
        offset: 0,
        constant: true,
    });
    b.instr(Instr::StoreShared {
        address: mine,
        offset: 0,
        values: vec![x.into()],
    });
    b.instr(Instr::Barrier);
    let sum = b.register(Type::Real, Some("sum"));
    b.assign(sum, Operand::Real(0.0));
    let array = b.array(Type::Real, 2, "both");
    b.repeat("k", (Operand::U32(0), Operand::U32(2)), 1, true, |k| {
        let y = b.register(Type::Real, None);
        b.instr(Instr::LoadShared {
            to: vec![y],
            address: mine,
            offset: 0,
        });
        b.instr(Instr::StoreLocal {
            array,
            index: k.into(),
            offset: 0,
            value: y.into(),
        });
        let total = b.binary(Binary::Add, Type::Real, sum, y);
        b.assign(sum, total.into());
    });
    let inside = b.compare(Comparison::Lt, thread, b.read_param(count));
    b.when(inside, || {
        let to = b.offset_pointer(b.read_param(output), thread, size);
        b.instr(Instr::StoreGlobal {
            pointer: to,
            offset: 0,
            values: vec![sum.into()],
        });
    });
    b.finish(|kernel| {
        kernel.comment = vec!["y = 2 x".into()];
        kernel.shared = 128 * size;
    })
}

#[test]
fn a_kernel_reads_well() {
    let kernel = small(Precision::Single);
    assert_eq!(kernel.verify(), Ok(()));
    assert_eq!(
        kernel.to_string(),
        "\
# y = 2 x
kernel twice f32 flush threads 128 blocks 1 rows 1 shared 512
param x: const *real
param y: *real
param count: u32
local both.0: [real; 2]
%thread0 = thread
%tile1 = shared
%2 = fma %thread0, 4u32, %tile1
%x3 = param x
%4 = mulwide %thread0, 4u32
%5 = add %x3, %4
%x1_6 = load.constant [%5 + 0]
store.shared [%2 + 0], %x1_6
barrier
%sum7 = move 0.0
for %k8 in 0u32 .. 2u32 step 1 at_least_once {
    %9 = load.shared [%2 + 0]
    both.0[%k8 + 0] = %9
    %10 = add %sum7, %9
    %sum7 = move %10
}
%count11 = param count
%12 = lt %thread0, %count11
if %12 {
    %y13 = param y
    %14 = mulwide %thread0, 4u32
    %15 = add %y13, %14
    store.global [%15 + 0], %sum7
}
"
    );
    assert_eq!(small(Precision::Double).verify(), Ok(()));
}

/// The message about the small kernel after a change.
fn refused(change: impl FnOnce(&mut Kernel)) -> String {
    let mut kernel = small(Precision::Single);
    change(&mut kernel);
    kernel.verify().expect_err("a wrong kernel is accepted")
}

/// The small kernel with an instruction before the first.
fn first(instr: Instr) -> String {
    refused(|kernel| kernel.body.insert(0, Stmt::Instr(instr)))
}

/// The small kernel with an instruction after the last.
fn last(instr: Instr) -> String {
    refused(|kernel| kernel.body.push(Stmt::Instr(instr)))
}

const THREAD: Reg = Reg(0);
const X: Reg = Reg(6);
const SUM: Reg = Reg(7);
const INSIDE: Reg = Reg(12);

#[test]
fn reading_before_writing_is_refused() {
    let message = first(Instr::Unary {
        op: Unary::Neg,
        to: SUM,
        a: X.into(),
    });
    assert!(
        message.contains("%x1_6 may be read before it is written"),
        "{message}"
    );
    // Written on one way only.
    let message = last(Instr::Unary {
        op: Unary::Move,
        to: Reg(13),
        a: Reg(15).into(),
    });
    assert!(
        message.contains("%15 may be read before it is written"),
        "{message}"
    );
    // Written in a loop that may have no turn.
    let message = refused(|kernel| {
        for stmt in &mut kernel.body {
            if let Stmt::Loop { at_least_once, .. } = stmt {
                *at_least_once = false;
            }
        }
        kernel.body.push(Stmt::Instr(Instr::Unary {
            op: Unary::Neg,
            to: SUM,
            a: Reg(10).into(),
        }));
    });
    assert!(
        message.contains("%10 may be read before it is written"),
        "{message}"
    );
}

#[test]
fn types_that_do_not_fit_are_refused() {
    let real = Operand::Real(1.0);
    let wrong = [
        Instr::Binary {
            op: Binary::Add,
            to: SUM,
            a: real,
            b: Operand::U32(1),
        },
        Instr::Binary {
            op: Binary::And,
            to: SUM,
            a: real,
            b: real,
        },
        Instr::Binary {
            op: Binary::Shl,
            to: THREAD,
            a: Operand::U32(1),
            b: Operand::I32(1),
        },
        Instr::Unary {
            op: Unary::High,
            to: THREAD,
            a: real,
        },
        Instr::Unary {
            op: Unary::ToInteger,
            to: THREAD,
            a: real,
        },
        Instr::Compare {
            op: Comparison::Lt,
            to: SUM,
            a: real,
            b: real,
        },
        Instr::Select {
            to: SUM,
            mask: THREAD,
            a: real,
            b: real,
        },
        Instr::Fma {
            to: SUM,
            a: real,
            b: real,
            c: Operand::I32(0),
        },
        Instr::Param {
            to: THREAD,
            param: 0,
        },
        Instr::Param {
            to: THREAD,
            param: 9,
        },
        Instr::LoadShared {
            to: vec![],
            address: THREAD,
            offset: 0,
        },
        Instr::LoadShared {
            to: vec![X; 3],
            address: THREAD,
            offset: 0,
        },
        Instr::LoadShared {
            to: vec![X; 4],
            address: THREAD,
            offset: 8,
        },
        Instr::LoadShared {
            to: vec![X, THREAD],
            address: THREAD,
            offset: 0,
        },
        Instr::StoreGlobal {
            pointer: THREAD,
            offset: 0,
            values: vec![real],
        },
        Instr::StoreLocal {
            array: 0,
            index: Operand::U32(1),
            offset: 1,
            value: real,
        },
        Instr::StoreLocal {
            array: 0,
            index: Operand::U32(1),
            offset: 0,
            value: Operand::U32(0),
        },
        Instr::LoadLocal {
            to: X,
            array: 1,
            index: Operand::U32(0),
            offset: 0,
        },
    ];
    for instr in wrong {
        let message = last(instr.clone());
        assert!(
            message.contains("the types or numbers do not fit"),
            "{instr:?}: {message}"
        );
    }
    let message = last(Instr::Unary {
        op: Unary::Move,
        to: SUM,
        a: Operand::Real(0.1),
    });
    assert!(message.contains("0.1 is not an f32"), "{message}");
    let message = last(Instr::Unary {
        op: Unary::Move,
        to: Reg(99),
        a: real,
    });
    assert!(message.contains("no such register"), "{message}");
}

#[test]
fn barriers_that_some_thread_may_miss_are_refused() {
    let in_if = |instr: Instr| {
        refused(|kernel| {
            let then = vec![Stmt::Instr(instr)];
            kernel.body.push(Stmt::If {
                mask: INSIDE,
                then,
                otherwise: Vec::new(),
            });
        })
    };
    assert!(in_if(Instr::Barrier).contains("not reached by all threads"));
    assert!(
        in_if(Instr::Vote {
            all: true,
            to: INSIDE,
            a: INSIDE
        })
        .contains("not reached by all threads")
    );
    let in_loop = refused(|kernel| {
        let counter = Reg(kernel.registers.len() as u32);
        kernel.registers.push(kernel.registers[0].clone());
        kernel.body.push(Stmt::Loop {
            counter,
            from: Operand::U32(0),
            to: THREAD.into(),
            step: 1,
            at_least_once: false,
            body: vec![Stmt::Instr(Instr::Barrier)],
        });
    });
    assert!(in_loop.contains("not reached by all threads"), "{in_loop}");
    let uniform = {
        let mut kernel = small(Precision::Single);
        let counter = Reg(kernel.registers.len() as u32);
        kernel.registers.push(kernel.registers[0].clone());
        kernel.body.push(Stmt::Loop {
            counter,
            from: Operand::U32(0),
            to: Reg(11).into(),
            step: 1,
            at_least_once: false,
            body: vec![Stmt::Instr(Instr::Barrier)],
        });
        kernel.verify()
    };
    assert_eq!(uniform, Ok(()));
}

#[test]
fn a_loop_keeps_its_counter() {
    let message = refused(|kernel| {
        for stmt in &mut kernel.body {
            if let Stmt::Loop { counter, body, .. } = stmt {
                let a = Operand::U32(0);
                body.push(Stmt::Instr(Instr::Unary {
                    op: Unary::Move,
                    to: *counter,
                    a,
                }));
            }
        }
    });
    assert!(message.contains("counter or bound"), "{message}");
}
