//! Each check, with a kernel that fails it and one that does not.

use super::{ErrorKind, fails, run};

/// `%r0` = thread, `%rd0` = &x[thread], `%rd1` = &y[thread], `%r1` = &tile[thread].
const START: &str = "ld.param.u64 %rd0, [x];\nld.param.u64 %rd1, [y];\nmov.u32 %r0, %tid.x;\n\
    mul.wide.u32 %rd2, %r0, 4;\nadd.u64 %rd0, %rd0, %rd2;\nadd.u64 %rd1, %rd1, %rd2;\n\
    shl.b32 %r2, %r0, 2;\nmov.u32 %r1, tile;\nadd.u32 %r1, %r1, %r2;\n";

/// Each thread stores its number, then reads its neighbour's; around that, what is given.
fn neighbours(between: &str, after: &str) -> String {
    format!(
        "{START}st.shared.u32 [%r1], %r0;\n{between}\nxor.b32 %r3, %r2, 4;\nmov.u32 %r4, tile;\n\
         add.u32 %r4, %r4, %r3;\nld.shared.u32 %r5, [%r4];\nst.global.u32 [%rd1], %r5;\n{after}"
    )
}

#[test]
fn a_barrier_orders_threads() {
    let found = run(&neighbours("bar.sync 0;", ""), 1, 64).expect("no race");
    let expected: Vec<u32> = (0..64).map(|k| k ^ 1).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_missing_barrier_is_a_race() {
    // Thread 1 has not written yet when thread 0 reads, so the first complaint is of that.
    fails(
        &neighbours("", ""),
        64,
        ErrorKind::Uninitialised,
        "ld.shared.u32 %r5, [%r4]",
    );
    // With the memory written, it is the race itself; it names both lines.
    let body = neighbours("bar.sync 0;", "st.shared.u32 [%r1], %r5;");
    let error = fails(&body, 64, ErrorKind::Race, "ld.shared.u32 %r5, [%r4]");
    assert!(
        error
            .message
            .contains("writes at line 30, `st.shared.u32 [%r1], %r5`"),
        "{error}"
    );
    run(
        &neighbours("bar.sync 0;", "bar.sync 0;\nst.shared.u32 [%r1], %r5;"),
        1,
        64,
    )
    .expect("no race");
}

#[test]
fn two_writers_race() {
    let body = format!("{START}st.shared.u32 [tile+8], %r0;");
    let error = fails(&body, 2, ErrorKind::Race, "st.shared.u32 [tile+8], %r0");
    assert!(
        error
            .message
            .contains("writes the word at +8 of shared memory"),
        "{error}"
    );
    let body = format!("{START}ld.param.u64 %rd3, [y];\nst.global.u32 [%rd3], %r0;");
    fails(&body, 2, ErrorKind::Race, "st.global.u32 [%rd3], %r0");
}

#[test]
fn a_third_reader_does_not_hide_a_race() {
    // Threads 0 and 1 read a word, then thread 0 writes it: the reader that counts is thread 1.
    let body = format!(
        "{START}setp.eq.u32 %p0, %r0, 0;\n@%p0 st.shared.u32 [tile], %r0;\nbar.sync 0;\n\
         ld.shared.u32 %r4, [tile];\nsetp.eq.u32 %p1, %r0, 3;\n@%p1 st.shared.u32 [tile], %r4;"
    );
    fails(&body, 4, ErrorKind::Race, "@%p1 st.shared.u32 [tile], %r4");
}

#[test]
fn blocks_have_their_own_shared_memory() {
    let body = format!(
        "{START}mov.u32 %r5, %ctaid.x;\nsetp.ne.u32 %p0, %r5, 0;\n@%p0 bra READ;\n\
         st.shared.u32 [%r1], %r0;\nREAD:\nld.shared.u32 %r6, [%r1];"
    );
    run(&body, 1, 8).expect("block 0 writes first");
    let error = run(&body, 2, 8).expect_err("block 1 has not written");
    assert_eq!(error.kind, ErrorKind::Uninitialised, "{error}");
    assert_eq!(error.thread, Some(([1, 0, 0], [0, 0, 0])));
}

#[test]
fn out_of_bounds() {
    let load = |offset: &str| format!("{START}ld.global.u32 %r4, [%rd0{offset}];");
    run(&load(""), 1, 64).expect("in bounds");
    let error = fails(
        &load(""),
        65,
        ErrorKind::OutOfBounds,
        "ld.global.u32 %r4, [%rd0]",
    );
    assert!(
        error
            .message
            .contains("at +256: out of bounds, buffer 0 has 256 bytes"),
        "{error}"
    );
    assert_eq!(error.thread, Some(([0, 0, 0], [64, 0, 0])));
    fails(
        &load("+-4"),
        1,
        ErrorKind::OutOfBounds,
        "ld.global.u32 %r4, [%rd0+-4]",
    );
    let far = format!(
        "{START}mul.wide.u32 %rd4, %r0, 3000000000;\nadd.u64 %rd0, %rd0, %rd4;\nld.u32 %r4, [%rd0];"
    );
    fails(&far, 2, ErrorKind::OutOfBounds, "ld.u32 %r4, [%rd0]");
    let null = "mov.u64 %rd0, 0;\nld.global.u32 %r4, [%rd0];";
    fails(null, 1, ErrorKind::OutOfBounds, "ld.global.u32 %r4, [%rd0]");
    fails(
        "mov.u32 %r4, 7;\nst.shared.u32 [tile+256], %r4;",
        1,
        ErrorKind::OutOfBounds,
        "st.shared.u32 [tile+256], %r4",
    );
    fails(
        "mov.u32 %r1, 0;\nld.shared.u32 %r4, [%r1];",
        1,
        ErrorKind::OutOfBounds,
        "ld.shared.u32 %r4, [%r1]",
    );
    fails(
        "mov.u32 %r4, 7;\nst.local.u32 [own+16], %r4;",
        1,
        ErrorKind::OutOfBounds,
        "st.local.u32 [own+16], %r4",
    );
    let write = format!("{START}st.global.u32 [%rd0], %r0;");
    let error = fails(
        &write,
        1,
        ErrorKind::OutOfBounds,
        "st.global.u32 [%rd0], %r0",
    );
    assert!(error.message.contains("read only"), "{error}");
}

#[test]
fn misaligned() {
    fails(
        &format!("{START}ld.global.u32 %r4, [%rd0+2];"),
        1,
        ErrorKind::Misaligned,
        "ld.global.u32 %r4, [%rd0+2]",
    );
    let vector = format!("{START}ld.global.v4.u32 {{%r4, %r5, %r6, %r7}}, [%rd0];");
    run(&vector, 1, 1).expect("aligned");
    fails(
        &vector,
        2,
        ErrorKind::Misaligned,
        "ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%rd0]",
    );
    let shared = "mov.f64 %d0, 0d0000000000000000;\nst.shared.f64 [tile+12], %d0;";
    fails(
        shared,
        1,
        ErrorKind::Misaligned,
        "st.shared.f64 [tile+12], %d0",
    );
}

#[test]
fn uninitialised() {
    let error = fails(
        "add.u32 %r1, %r2, 1;",
        1,
        ErrorKind::Uninitialised,
        "add.u32 %r1, %r2, 1",
    );
    assert!(error.message.contains("`%r2`"), "{error}");
    fails(
        "@%p3 bra END;\nEND:",
        1,
        ErrorKind::Uninitialised,
        "@%p3 bra END",
    );
    fails(
        "ld.shared.u32 %r4, [tile];",
        1,
        ErrorKind::Uninitialised,
        "ld.shared.u32 %r4, [tile]",
    );
    fails(
        "ld.local.u32 %r4, [own];",
        1,
        ErrorKind::Uninitialised,
        "ld.local.u32 %r4, [own]",
    );
    let output = format!("{START}ld.global.u32 %r4, [%rd1];");
    fails(
        &output,
        1,
        ErrorKind::Uninitialised,
        "ld.global.u32 %r4, [%rd1]",
    );
    let half = "mov.u32 %r4, 1;\nst.local.u32 [own], %r4;\nld.local.u64 %rd4, [own];";
    let error = fails(
        half,
        1,
        ErrorKind::Uninitialised,
        "ld.local.u64 %rd4, [own]",
    );
    assert!(error.message.contains("byte +4"), "{error}");
    // A thread's registers and local memory are its own.
    let first = format!(
        "{START}setp.eq.u32 %p0, %r0, 0;\n@%p0 st.local.u32 [own], %r0;\nld.local.u32 %r4, [own];"
    );
    let error = fails(
        &first,
        2,
        ErrorKind::Uninitialised,
        "ld.local.u32 %r4, [own]",
    );
    assert_eq!(error.thread, Some(([0, 0, 0], [1, 0, 0])));
}

#[test]
fn an_output_is_written_whole() {
    let module = super::Module::parse(&super::kernel("")).expect("parses");
    let mut launch = super::Launch::new("k", 1, 1)
        .buffer(super::Buffer::input(&[1.0f32]))
        .buffer(super::Buffer::output::<f32>(3))
        .param(super::Param::U32(0));
    module.launch(&mut launch).expect("runs");
    let error = launch.buffers[1]
        .read::<f32>()
        .expect_err("nothing was written");
    assert_eq!(error.kind, ErrorKind::Uninitialised);
}

#[test]
fn divergent_barrier() {
    let leaves = format!("{START}setp.gt.u32 %p0, %r0, 5;\n@%p0 bra END;\nbar.sync 0;\nEND:");
    run(&leaves, 1, 6).expect("nobody leaves");
    let error = fails(&leaves, 8, ErrorKind::Divergence, "bar.sync 0");
    assert!(
        error
            .message
            .contains("thread [6, 0, 0] has left the kernel at line 27"),
        "{error}"
    );
    let other = format!(
        "{START}setp.gt.u32 %p0, %r0, 5;\n@%p0 bra B;\nbar.sync 0; // one\nret;\nB:\nbar.sync 0;"
    );
    fails(&other, 8, ErrorKind::Divergence, "bar.sync 0; // one");
    // Another warp may wait at another barrier instruction.
    let warps = format!(
        "{START}setp.ge.u32 %p0, %r0, 32;\n@%p0 bra B;\nbar.sync 0;\nret;\nB:\nbar.sync 0;"
    );
    run(&warps, 1, 64).expect("uniform in each warp");
}

#[test]
fn votes() {
    let vote = |kind: &str, mask: &str| {
        format!(
            "{START}setp.lt.u32 %p0, %r0, 2;\nvote.sync.{kind} %p1, %p0, {mask};\n\
             selp.u32 %r4, 1, 0, %p1;\nst.global.u32 [%rd1], %r4;"
        )
    };
    let all = |kind: &str| run(&vote(kind, "-1"), 1, 64).expect("runs");
    let warps = |first: u32, second: u32| [[first; 32], [second; 32]].concat();
    assert_eq!(all("any.pred"), warps(1, 0));
    assert_eq!(all("all.pred"), warps(0, 0));
    assert_eq!(all("uni.pred"), warps(0, 1));
    let ballot = format!(
        "{START}setp.lt.u32 %p0, %r0, 2;\nvote.sync.ballot.b32 %r4, !%p0, 0xffffffff;\nst.global.u32 [%rd1], %r4;"
    );
    assert_eq!(run(&ballot, 1, 64).expect("runs"), warps(!3, !0));
    fails(
        &vote("any.pred", "1"),
        2,
        ErrorKind::Divergence,
        "vote.sync.any.pred %p1, %p0, 1",
    );
    let apart = format!(
        "{START}setp.lt.u32 %p0, %r0, 2;\n@%p0 bra WAIT;\nvote.sync.any.pred %p1, %p0, -1;\nWAIT:\nbar.sync 0;"
    );
    fails(
        &apart,
        32,
        ErrorKind::Divergence,
        "vote.sync.any.pred %p1, %p0, -1",
    );
}

#[test]
fn an_endless_loop_ends() {
    fails("AGAIN:\nbra AGAIN;", 1, ErrorKind::Limit, "bra AGAIN");
}

#[test]
fn constant_loads_see_only_inputs() {
    let body = format!("{START}st.global.u32 [%rd1], %r0;\nld.global.nc.u32 %r4, [%rd1];");
    fails(&body, 1, ErrorKind::Race, "ld.global.nc.u32 %r4, [%rd1]");
    run(&format!("{START}ld.global.nc.u32 %r4, [%rd0];"), 1, 1).expect("an input");
}
