//! Schedules of several passes, written by hand.

/// s_i = Σ_j exp(-(x_i - y_j)²) in a forward pass; then Σ_i e_i exp(…) / s_i for each j, over the
/// rows; then its square root.
pub const TWO_PASSES: &str = "argument x i real
argument y j real
argument e i real
pass i reduce j forward
input x row real 1 = argument 0
input y column real 1 = argument 1
row real
column real
state real=0.0
output s real 1
row {
v0 = input0[0]
row[0] = v0
}
column {
v0 = input1[0]
column[0] = v0
}
update {
v0 = row[0]
v1 = column[0]
v2 = sub v0 v1
v3 = mul v2 v2
v4 = neg v3
v5 = exp v4
v6 = state[0]
v7 = add v6 v5
state[0] = v7
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
output0[0] = v0
}
pass j reduce i
input y row real 1 = argument 1
input x column real 1 = argument 0
input e column real 1 = argument 2
input s column real 1 = pass 0 output 0
row real
column real*2
state real=0.0
output g real 1
row {
v0 = input0[0]
row[0] = v0
}
column {
v0 = input1[0]
column[0] = v0
v1 = input2[0]
v2 = input3[0]
v3 = div v1 v2
column[1] = v3
}
update {
v0 = row[0]
v1 = column[0]
v2 = sub v0 v1
v3 = mul v2 v2
v4 = neg v3
v5 = exp v4
v6 = column[1]
v7 = state[0]
v8 = fma v5 v6 v7
state[0] = v8
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
output0[0] = v0
}
pass j map
input g row real 1 = pass 1 output 0
output r real 1
finish {
v0 = input0[0]
v1 = abs v0
v2 = sqrt v1
output0[0] = v2
}
result 1 0
result 2 0
";

/// Σ_i Σ_j sin(c x_i y_j) y_j: a pass over the pairs, and one whose only row has the rows as columns.
pub const UNIT: &str = "argument x i real
argument y j real
argument c unit real 2
pass i reduce j
input x row real 1 = argument 0
input y column real 1 = argument 1
input c param real 2 = argument 2
param real
row real
column real
state real=0.0
output s real 1
param {
v0 = input2[0]
v1 = input2[1]
v2 = add v0 v1
param[0] = v2
}
row {
v0 = input0[0]
v1 = param[0]
v2 = mul v0 v1
row[0] = v2
}
column {
v0 = input1[0]
column[0] = v0
}
update {
v0 = row[0]
v1 = column[0]
v2 = mul v0 v1
v3 = sin v2
v4 = state[0]
v5 = fma v3 v1 v4
state[0] = v5
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
output0[0] = v0
}
pass unit reduce i
input s column real 1 = pass 0 output 0
column real
state real=0.0
output total real 1
column {
v0 = input0[0]
column[0] = v0
}
update {
v0 = column[0]
v1 = state[0]
v2 = add v0 v1
state[0] = v2
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
}
finish {
v0 = state[0]
output0[0] = v0
}
result 1 0
";
