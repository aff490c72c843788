//! Schedules written by hand.

/// a_i = Σ_j exp(-γ |x_i - y_j|²) b_j, blocks added with compensation.
pub const GAUSSIAN: &str = "argument x i real 3
argument y j real 3
argument b j real
argument gamma unit real
pass i reduce j
input x row real 3 = argument 0
input y column real 3 = argument 1
input b column real 1 = argument 2
input gamma param real 1 = argument 3
param real
row real*3
column real*4
state real=0.0*2
output a real 1
param {
v0 = input3[0]
v1 = neg v0
param[0] = v1
}
row {
loop k0 0..3 {
v0 = input0[k0]
row[k0] = v0
}
}
column {
loop k0 0..3 {
v0 = input1[k0]
column[k0] = v0
}
v1 = input2[0]
column[3] = v1
}
update {
v0 = row[0]
v1 = column[0]
v2 = sub v0 v1
v3 = row[1]
v4 = column[1]
v5 = sub v3 v4
v6 = row[2]
v7 = column[2]
v8 = sub v6 v7
v9 = mul v2 v2
v10 = fma v5 v5 v9
v11 = fma v8 v8 v10
v12 = param[0]
v13 = mul v12 v11
v14 = exp v13
v15 = column[3]
v16 = state[0]
v17 = fma v14 v15 v16
state[0] = v17
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
v3 = sub v2 v0
v4 = sub v2 v3
v5 = sub v0 v4
v6 = sub v1 v3
v7 = add v5 v6
v8 = state[1]
v9 = other[1]
v10 = add v8 v9
v11 = add v10 v7
state[0] = v2
state[1] = v11
}
finish {
v0 = state[0]
v1 = state[1]
v2 = add v0 v1
output0[0] = v2
}
result 0 0
";

/// a_i = Σ_j exp(-|x_i - y_j|²/100) b_j for 100 components and b of 5; and the mean of b.
pub const WIDE: &str = "argument x i real 100
argument y j real 10 10
argument b j real 5
pass i reduce j
input x row real 100 = argument 0
input y column real 100 = argument 1
input b column real 5 = argument 2
input n param index 1 = columns
row real*100
column real*105
state real=0.0*10
output a real 5
output mean real 5
row {
loop k0 0..100 {
v0 = input0[k0]
row[k0] = v0
}
}
column {
loop k0 0..100 {
v0 = input1[k0]
column[k0] = v0
}
loop k0 0..5 {
v1 = input2[k0]
column[100 + k0] = v1
}
}
update {
v0 = 0.0
loop k0 0..100 (v1 = v0) {
v2 = row[k0]
v3 = column[k0]
v4 = sub v2 v3
v5 = fma v4 v4 v1
next v5
}
v6 = -0.01
v7 = mul v6 v1
v8 = exp v7
loop k1 0..5 {
v9 = column[100 + k1]
v10 = state[k1]
v11 = fma v8 v9 v10
state[k1] = v11
v12 = state[5 + k1]
v13 = add v12 v9
state[5 + k1] = v13
}
}
merge {
loop k0 0..10 {
v0 = state[k0]
v1 = other[k0]
v2 = add v0 v1
state[k0] = v2
}
}
finish {
v0: index = input3[0]
v1 = v0 as real
loop k0 0..5 {
v2 = state[k0]
output0[k0] = v2
v3 = state[5 + k0]
v4 = div v3 v1
output1[k0] = v4
}
}
result 0 0
result 0 1
";

/// The smallest |x_i - y_j|², its j, and what y_j it is: a reduction and a gather.
pub const NEAREST: &str = "argument x i real 2
argument y j real 2
pass i reduce j
input x row real 2 = argument 0
input y column real 2 = argument 1
input j column index 1 = position
row real*2
column real*2 index
state real=inf index=-1.0
output min real 1
output argmin index 1
row {
v0 = input0[0]
row[0] = v0
v1 = input0[1]
row[1] = v1
}
column {
v0 = input1[0]
column[0] = v0
v1 = input1[1]
column[1] = v1
v2: index = input2[0]
column[2] = v2
}
update {
v0 = row[0]
v1 = column[0]
v2 = sub v0 v1
v3 = row[1]
v4 = column[1]
v5 = sub v3 v4
v6 = mul v2 v2
v7 = fma v5 v5 v6
v8 = state[0]
v9 = v7 < v8
v10 = v9 ? v7 : v8
v11: index = column[2]
v12: index = state[1]
v13: index = v9 ? v11 : v12
state[0] = v10
state[1] = v13
}
merge {
v0 = state[0]
v1 = other[0]
v2 = v1 < v0
v3 = v2 ? v1 : v0
v4: index = state[1]
v5: index = other[1]
v6: index = v2 ? v5 : v4
state[0] = v3
state[1] = v6
}
finish {
v0 = state[0]
output0[0] = v0
v1: index = state[1]
output1[0] = v1
}
pass i gather j by 0
input k row index 1 = pass 0 output 1
input y column real 2 = argument 1
input j column index 1 = position
column real*2 index
state real=0.0*2 index=-1.0
output nearest real 2
output j index 1
column {
loop k0 0..2 {
v0 = input1[k0]
column[k0] = v0
}
v1: index = input2[0]
column[2] = v1
}
update {
loop k0 0..2 {
v0 = column[k0]
state[k0] = v0
}
v1: index = column[2]
state[2] = v1
}
merge {
loop k0 0..2 {
v0 = other[k0]
state[k0] = v0
}
v1: index = other[2]
state[2] = v1
}
finish {
loop k0 0..2 {
v0 = state[k0]
output0[k0] = v0
}
v1: index = state[2]
output1[0] = v1
}
result 0 0
result 0 1
result 1 0
result 1 1
";

/// log Σ_j exp(x_i y_j), shifted by the largest exponent so far.
pub const LOGSUMEXP: &str = "argument x i real
argument y j real
pass i reduce j
input x row real 1 = argument 0
input y column real 1 = argument 1
row real
column real
state real=-inf real=0.0
output a real 1
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
v2 = mul v0 v1
v3 = state[0]
v4 = max v3 v2
v5 = sub v3 v4
v6 = exp v5
v7 = state[1]
v8 = mul v7 v6
v9 = sub v2 v4
v10 = exp v9
v11 = add v8 v10
state[0] = v4
state[1] = v11
}
merge {
v0 = state[0]
v1 = other[0]
v2 = max v0 v1
v3 = sub v0 v2
v4 = exp v3
v5 = sub v1 v2
v6 = exp v5
v7 = state[1]
v8 = mul v7 v4
v9 = other[1]
v10 = mul v9 v6
v11 = add v8 v10
state[0] = v2
state[1] = v11
}
finish {
v0 = state[0]
v1 = state[1]
v2 = log v1
v3 = add v0 v2
output0[0] = v3
}
result 0 0
";

/// Σ_j of x_i y_j where the labels agree or the label is small, i != j, and i - j > -20; with the
/// last label that is larger.
pub const LABELS: &str = "argument x i real
argument y j real
argument type_i i label
argument type_j j label
argument limit unit label
pass i reduce j
input x row real 1 = argument 0
input y column real 1 = argument 1
input type_i row label 1 = argument 2
input type_j column label 1 = argument 3
input limit param label 1 = argument 4
input i row index 1 = position
input j column index 1 = position
param label
row real label index
column real label index
state real=0.0 label=4294967295.0
output a real 1
output larger label 1
param {
v0: label = input4[0]
param[0] = v0
}
row {
v0 = input0[0]
v1: label = input2[0]
v2: index = input5[0]
row[0] = v0
row[1] = v1
row[2] = v2
}
column {
v0 = input1[0]
v1: label = input3[0]
v2: index = input6[0]
column[0] = v0
column[1] = v1
column[2] = v2
}
update {
v0: label = row[1]
v1: label = column[1]
v2: label = param[0]
v3 = v0 == v1
v4 = v1 <= v2
v5 = v3 | v4
v6: index = row[2]
v7: index = column[2]
v8 = v6 != v7
v9 = v5 & v8
v10 = v6 - v7
v11 = -20
v12 = v11 < v10
v13 = v9 & v12
v14 = row[0]
v15 = column[0]
v16 = mul v14 v15
v17 = v10 as real
v18 = add v16 v17
v19 = 0.0
v20 = v13 ? v18 : v19
v21 = state[0]
v22 = add v21 v20
state[0] = v22
v23 = v0 < v1
v24 = !v23
v25: label = state[1]
v26: label = v24 ? v25 : v1
state[1] = v26
}
merge {
v0 = state[0]
v1 = other[0]
v2 = add v0 v1
state[0] = v2
v3: label = other[1]
v4: label = state[1]
v5: label = 4294967295
v6 = v3 == v5
v7: label = v6 ? v4 : v3
state[1] = v7
}
finish {
v0 = state[0]
output0[0] = v0
v1: label = state[1]
output1[0] = v1
}
result 0 0
result 0 1
";
