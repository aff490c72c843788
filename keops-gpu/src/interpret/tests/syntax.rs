//! What is not known is an error that names the line; what is ignored is ignored.

use super::{Buffer, ErrorKind, HEADER, Launch, Module, Param, fails, kernel, run};

#[test]
fn unknown() {
    for (body, blamed) in [
        ("frob.u32 %r1, %r2;", "frob.u32 %r1, %r2"),
        (
            "shfl.sync.bfly.b32 %r1, %r2, 1, 31, -1;",
            "shfl.sync.bfly.b32",
        ),
        ("add.rz.f32 %f1, %f2, %f3;", "add.rz.f32"),
        ("add.sat.s32 %r1, %r2, %r3;", "add.sat.s32"),
        ("add.f16 %h1, %h2, %h3;", "add.f16"),
        ("mul.rn.f32x2 %rd1, %rd2, %rd3;", "mul.rn.f32x2"),
        ("mul.u32 %r1, %r2, %r3;", "mul.u32"),
        ("fma.f32 %f1, %f2, %f3, %f4;", "fma.f32"),
        ("ex2.f32 %f1, %f2;", "ex2.f32"),
        ("ex2.approx.f64 %d1, %d2;", "ex2.approx.f64"),
        ("sqrt.approx.f64 %d1, %d2;", "sqrt.approx.f64"),
        ("add.ftz.f64 %d1, %d2, %d3;", "add.ftz.f64"),
        ("cvt.f32.u32 %f1, %r1;", "cvt.f32.u32"),
        ("cvt.rn.s32.f32 %r1, %f1;", "cvt.rn.s32.f32"),
        ("setp.lo.s32 %p1, %r1, %r2;", "setp.lo.s32"),
        ("setp.ltu.u32 %p1, %r1, %r2;", "setp.ltu.u32"),
        ("ld.global.cv.u32 %r1, [%rd1];", "ld.global.cv.u32"),
        ("vote.any.pred %p1, %p2;", "vote.any.pred"),
        ("bar.sync 1;", "bar.sync 1"),
        ("bar.arrive 0, 64;", "bar.arrive 0, 64"),
        ("bra NOWHERE;", "bra NOWHERE"),
        ("mov.u32 %r1, %clock;", "mov.u32 %r1, %clock"),
        ("mov.u32 %r1, %r99;", "mov.u32 %r1, %r99"),
        (".maxreg 4;", ".maxreg"),
    ] {
        fails(body, 1, ErrorKind::Unknown, blamed);
    }
}

#[test]
fn types() {
    for body in [
        "add.u32 %r1, %f2, %r3;",
        "add.f32 %f1, %d2, %f3;",
        "add.f32 %f1, %f2, 1;",
        "add.u64 %rd1, %rd2, %r3;",
        "mul.wide.u32 %r1, %r2, %r3;",
        "setp.lt.u32 %r1, %r2, %r3;",
        "selp.u32 %r1, %r2, %r3, %r4;",
        "add.u32 %r1, %r2;",
        "add.u32 5, %r2, %r3;",
        "ld.global.u32 %r1, %rd1;",
        "ld.global.u32 %r1, [%r1];",
        "ld.shared.u32 %r1, [own];",
        "ld.global.u32 %r1, [tile];",
        "ld.shared.v2.u32 %r1, [tile];",
        "ld.shared.v4.u64 {%rd1, %rd2, %rd3, %rd4}, [tile];",
        "ld.shared.u32 %h1, [tile];",
        "@%r1 bra END;\nEND:",
        "cvt.u16.u32 %r1, %h1;",
    ] {
        let error = run(body, 1, 1).expect_err(body);
        let known = matches!(error.kind, ErrorKind::Type | ErrorKind::Unknown);
        assert!(known && error.line == 14, "{body}: {error}");
    }
    fails(
        "ld.param.u64 %rd1, [n];",
        1,
        ErrorKind::OutOfBounds,
        "ld.param.u64 %rd1, [n]",
    );
}

#[test]
fn broken_text() {
    for text in [
        "nonsense",
        ".entry k( { ret; }",
        ".entry k() { ret;",
        ".entry k() { add.u32 %r1 %r2; }",
        ".entry k() { .reg .u32 %r1; .reg .u32 %r1; }",
        ".entry k() { .shared .align 3 .b8 x[4]; }",
        ".entry k() { /* }",
        ".func f() { ret; }",
        ".entry k(.param .u32) { ret; }",
        ".entry k() { @ }",
        ".entry k() { .reg .b32 %r<99999999>; }",
        ".address_size 32",
        "é",
    ] {
        let error = Module::parse(text).expect_err(text);
        assert_eq!(error.line, 1, "{text}: {error}");
    }
}

#[test]
fn what_is_ignored() {
    let text = format!(
        "//\n{HEADER}.file 1 \"a.rs\"\n.visible .entry k(.param .u64 .ptr .global .align 4 x)\n\
         .maxntid 64, 1, 1\n.minnctapersm 8\n{{\n.loc 1 2 3\n.pragma \"nounroll\";\n\
         {{ .reg .u32 %t; mov.u32 %t, 1; }} /* two\nlines */ {{ .reg .u32 %t; mov.u32 %t, 2; }}\n\
         bra.uni $L__0;\n$L__0: ret.uni; }}"
    );
    let module = Module::parse(&text).expect("parses");
    assert_eq!(module.entries().collect::<Vec<_>>(), ["k"]);
    let launch = |block| Launch::new("k", 1, block).buffer(Buffer::input(&[0u32]));
    let report = module.launch(&mut launch(64)).expect("runs");
    assert_eq!(report.instructions, 64 * 4);
    assert_eq!(report.count("mov"), 128);
    assert_eq!(
        module.launch(&mut launch(65)).expect_err("too many").kind,
        ErrorKind::Launch
    );
}

#[test]
fn launches() {
    let module = Module::parse(&kernel("")).expect("parses");
    let good = Launch::new("k", 1, 1)
        .buffer(Buffer::input(&[0u32]))
        .buffer(Buffer::output::<u32>(1))
        .param(Param::U32(0));
    module.launch(&mut good.clone()).expect("runs");
    let kind = |change: fn(&mut Launch)| {
        let mut launch = good.clone();
        change(&mut launch);
        module.launch(&mut launch).expect_err("an error").kind
    };
    assert_eq!(
        kind(|launch| launch.entry = "other".into()),
        ErrorKind::Launch
    );
    assert_eq!(kind(|launch| launch.params.truncate(2)), ErrorKind::Launch);
    assert_eq!(
        kind(|launch| launch.params[0] = Param::buffer(9)),
        ErrorKind::Launch
    );
    assert_eq!(
        kind(|launch| launch.params[2] = Param::F32(1.0)),
        ErrorKind::Launch
    );
    assert_eq!(
        kind(|launch| launch.params[1] = Param::U32(1)),
        ErrorKind::Launch
    );
    assert_eq!(kind(|launch| launch.block = [0, 1, 1]), ErrorKind::Launch);
    assert_eq!(
        kind(|launch| launch.block = [2048, 1, 1]),
        ErrorKind::Launch
    );
}

#[test]
fn messages_name_the_place() {
    let error = run("\nadd.u32 %r1,\n %r2, 1;", 1, 1).expect_err("uninitialised");
    assert_eq!(
        error.to_string(),
        "line 15: `add.u32 %r1,\n %r2, 1`: reads `%r2`, which nothing has written \
         (block [0, 0, 0], thread [0, 0, 0])"
    );
}
