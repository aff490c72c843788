//! A valid schedule, and one change for each rule that it then breaks.

use super::*;
use crate::program::Program;
use crate::schedule::Schedule;

const VALID: &str = "argument x i real 3
argument y j real 3
argument l j label
argument g unit real
pass i reduce j forward
input x row real 3 = argument 0
input y column real 3 = argument 1
input l column label 1 = argument 2
input g param real 1 = argument 3
input n param index 1 = columns
input i row index 1 = position
param real index
row real*3 index
column real*3 label
state real=0.0 index=-1.0 label=0.0
output a real 4
output k index 1
param {
v0 = input3[0]
v1: index = input4[0]
param[0] = v0
param[1] = v1
}
row {
loop k0 0..3 {
v0 = input0[k0]
v1 = param[0]
v2 = mul v0 v1
row[k0] = v2
}
v3: index = input5[0]
row[3] = v3
}
column {
loop k0 0..3 {
v0 = input1[k0]
column[k0] = v0
}
v1: label = input2[0]
column[3] = v1
}
update {
local real 3
v0 = 0.0
loop k0 0..3 (v1 = v0) {
v2 = row[k0]
v3 = column[k0]
v4 = sub v2 v3
local0[k0] = v4
v5 = local0[k0]
v6 = fma v5 v5 v1
next v6
}
v7 = state[0]
v8 = v1 < v7
v9 = !v8
v10 = v8 & v9
v11 = v10 | v8
v12 = v11 ? v1 : v7
state[0] = v12
v13: index = row[3]
v14: index = param[1]
v15 = v13 - v14
state[1] = v15
v16: label = column[3]
state[2] = v16
v17 = v16 as real
v18: label = 4294967295
}
merge {
v0 = other[0]
v1 = state[0]
v2 = add v1 v0
state[0] = v2
}
finish {
v0 = state[0]
v1: index = state[1]
loop k0 0..2 {
loop k1 0..2 {
output0[2*k0 + k1] = v0
}
}
output1[0] = v1
}
pass unit map
input k row real 1 = argument 3
output a real 1
finish {
v0 = input0[0]
output0[0] = v0
}
pass i gather j by 0
input k row index 1 = pass 0 output 1
input y column real 3 = argument 1
input a param real 1 = pass 1 output 0
column real
state real=0.0
output e real 1
column {
v0 = input1[2]
column[0] = v0
}
update {
v0 = column[0]
state[0] = v0
}
merge {
v0 = other[0]
state[0] = v0
}
finish {
v0 = input2[0]
v1 = state[0]
v2 = mul v0 v1
output0[0] = v2
}
result 2 0
result 0 0
";

#[test]
fn a_valid_schedule_passes() {
    verify_schedule(&VALID.parse().unwrap()).unwrap();
    verify_schedule(&Schedule::default()).unwrap();
    verify(&Program::default()).unwrap();
}

#[test]
fn each_rule_is_checked() {
    let cases = include_str!("cases.txt").lines();
    for case in cases.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [from, to, expected] = case.split(" → ").collect::<Vec<_>>()[..] else {
            panic!("not three parts: {case}");
        };
        let [from, to] = [from, to].map(|text| text.replace("\\n", "\n"));
        assert!(VALID.contains(&from), "{case}");
        let schedule: Schedule = match VALID.replacen(&from, &to, 1).parse() {
            Ok(schedule) => schedule,
            Err(error) => panic!("{case}: {error}"),
        };
        let error = verify_schedule(&schedule).expect_err(case);
        assert_eq!(error.to_string(), expected, "{case}");
    }
}

#[test]
fn an_error_knows_its_place() {
    let text = VALID.replacen("v4 = sub v2 v3", "v4 = sub v2", 1);
    let error = verify_schedule(&text.parse().unwrap()).unwrap_err();
    assert_eq!(error.pass(), Some(0));
    assert_eq!(error.section(), "update");
    assert_eq!(error.statement(), Some("v4 = sub v2"));
}

#[test]
fn values_may_be_carried_swapped_and_nested() {
    let text = "update {
local real 6
v0 = 0.0
v1 = 1.0
local0[0] = v0
loop k0 0..5 (v2 = v0, v3 = v1) {
v4 = local0[k0]
v5 = add v4 v3
local0[1 + k0] = v5
loop k1 0..7 (v6 = v3) {
v7 = add v6 v2
next v7
}
next v3 v6
}
v8 = add v2 v3
}
";
    verify(&text.parse().unwrap()).unwrap();
}

#[test]
fn strided_loops_cover_what_they_reach() {
    let program = |store: &str, width: u32| -> Program {
        let text = format!(
            "output a real {width}\nfinish {{\nv0 = 1.0\nloop k0 0..5 {{\nloop k1 0..7 {{\n\
            loop k2 0..4294967295 {{\noutput0[{store}] = v0\n}}\n}}\n}}\n}}"
        );
        text.parse().unwrap()
    };
    verify(&program("7*k0 + k1", 35)).unwrap();
    verify(&program("k0 + 5*k1 + 0*k2", 35)).unwrap();
    verify(&program("k0 + k1", 11)).unwrap();
    verify(&program("k0", 5)).unwrap();
    let error = verify(&program("8*k0 + k1", 40)).unwrap_err();
    assert_eq!(error.to_string(), "finish: output0[7] is not stored");
}
