//! Names: unknown ones, taken ones, and those that promise an index.

use super::cases;

#[test]
fn unknown() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i - y_k }
                                               ^^^ unknown name `y_k`
help: did you mean `y_j`?

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_j * y_j }
                                         ^^^ unknown name `x_j`
help: did you mean `x_i`?

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x * y }
                                         ^ unknown name `x`
help: did you mean `x_i`?
                                             ^ unknown name `y`
help: did you mean `y_j`?

pub fn f<T>(x_i: T, y_j: T, gamma: T) -> T { sum_j x_i * y_j * gama }
                                                               ^^^^ unknown name `gama`
help: did you mean `gamma`?

pub fn f<T>(x_i: T, y_j: T) -> T { let width = 2; sum_j x_i * y_j / widht }
                                                                    ^^^^^ unknown name `widht`
help: did you mean `width`?

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i * y_j * something }
                                                     ^^^^^^^^^ unknown name `something`
help: declare it, or define it by `let something = …;`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j exp * y_j * x_i }
                                         ^^^ unknown name `exp`
help: it is a function: write `exp(…)`

pub fn f<T>(x_i: T, y_j: T) -> T { x_i + max_j }
                                         ^^^^^ `max_j` is a reduction
help: write `max_j(…)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j (if x_i > 0 { let t = y_j; t } else { t }) }
                                                                               ^ unknown name `t`
help: declare it, or define it by `let t = …;`
",
    );
}

#[test]
fn unknown_functions() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j expf(x_i * y_j) }
                                         ^^^^ unknown function `expf`
help: did you mean `exp`?

pub fn f<T>(x_i: [T; 2], y_j: [T; 2]) -> T { sum_j SqDist(x_i, y_j) }
f(x, y) -> T for each i = sum_j(sum((x_i - y_j) * (x_i - y_j)))

pub fn f<T>(x_i: T, y_j: T) -> T { min_k(x_i * y_j) }
                                   ^^^^^ unknown function `min_k`
help: did you mean `min_j`?

pub fn f<T>(x_i: T, y_j: T) -> T { logsumexp(x_i * y_j) }
                                             ^^^^^^^^^ `v` of `logsumexp(v)` is a vector, and `x_i * y_j` is `T`
help: give a vector, or write `logsumexp_j(…)` to reduce over rows

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j frobnicate(x_i, z) * y_j }
                                                         ^ unknown name `z`
help: declare it, or define it by `let z = …;`
                                         ^^^^^^^^^^ unknown function `frobnicate`
help: define it above, as an item: `fn frobnicate<T>(…) -> T { … }`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j x_i(y_j) }
                                         ^^^ unknown function `x_i`
help: it is a variable: for a product write `x_i * (y_j)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j fma(x_i, y_j, 1) }
                                         ^^^ unknown function `fma`
help: define it above, as an item: `fn fma<T>(…) -> T { … }`
",
    );
}

#[test]
fn counts() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { sum_j exp(x_i, y_j) }
                                         ^^^^^^^^^^^^^ `exp` takes 1 argument, not 2
help: write `exp(a)`

pub fn f<T>(x_i: T, y_j: T) -> T { min(x_i * y_j) }
                                       ^^^^^^^^^ `min(v)` is of the components of a vector, and `x_i * y_j` is a scalar
help: write `min_j(x_i * y_j)` to reduce over rows

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j clamp(x_i * y_j) }
                                         ^^^^^^^^^^^^^^^^ `clamp` takes 3 arguments, not 1
help: write `clamp(x, lo, hi)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sqdist(x_i * y_j) }
                                         ^^^^^^^^^^^^^^^^^ `sqdist` takes 2 arguments, not 1
help: write `sqdist(a, b)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j sum(fill(x_i * y_j)) }
                                             ^^^^^^^^^^^^^^^ `fill` takes 2 arguments, not 1
help: write `fill(a, n)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j grad(x_i * y_j) }
                                         ^^^^^^^^^^^^^^^ `grad` takes 2 or 3 arguments, not 1
help: write `grad(f, x_i)` or `grad(f, x_i, e_i)`

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j clamp(x_i * y_j, 1, -1) }
                                                          ^^^^^ no number is at least 1 and at most -1
help: write the lower bound first: `clamp(x, lo, hi)`
",
    );
}

#[test]
fn taken() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { let x_i = 2; sum_j x_i * y_j }
                                       ^^^ `x_i` is a variable already
help: choose another name, for instance `x2_i`

pub fn f<T>(x_i: T, y_j: T) -> T { let t = 2; let t = 3; sum_j t * x_i * y_j }
                                                  ^ `t` is defined above already
help: choose another name, for instance `t2`

pub fn f<T>(x_i: T, y_j: T) -> T { let i = 2; sum_j x_i * y_j }
                                       ^ `i` is the row number, and cannot be defined
help: choose another name

pub fn f<T>(x_i: T, y_j: T) -> T { let (a, a) = min_argmin_j(x_i * y_j); x_i }
                                           ^ `a` is defined above already
help: choose another name, for instance `a2`

pub fn f<T>(x_i: T, y_j: T, tau: T) -> T { sum_j x_i * y_j / tau }
f(x, y, tau) -> T for each i = x_i * sum_j(y_j) / tau

pub fn f<T>(x_i: T, y_j: T) -> T { sum_j if x_i > 0 { let t = y_j; t } else { let t = x_i; t * t } }
f(x, y) -> T for each i = sum_j(if 0 < x_i { y_j } else { x_i * x_i })
",
    );
}

#[test]
fn indices() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { let d_i = x_i - y_j; sum_j d_i }
                                       ^^^ `d_i` ends in `_i`, but its value varies with `j`
help: name it `d`

pub fn f<T>(x_i: T, y_j: T) -> T { let d_j = x_i * 2; sum_j d_j * y_j }
                                       ^^^ `d_j` ends in `_j`, but its value varies with `i`
help: name it `d`

pub fn f<T>(x_i: T, y_j: T) -> T { let d_ij = x_i - y_j; sum_j d_ij }
f(x, y) -> T for each i = sum_j(x_i - y_j)

pub fn f<T>(x_i: T, y_j: T) -> T { let m_i = max_j(x_i * y_j); m_i + x_i }
f(x, y) -> T for each i = x_i + max_j(x_i * y_j)

pub fn f<T>(x_i: T, y_j: T) -> T { let two_i = 2; sum_j two_i * x_i * y_j }
f(x, y) -> T for each i = 2 * x_i * sum_j(y_j)

pub fn f<T>(x_i: T, x_j: T, type_i: T) -> T { sum_j x_i * x_j * type_i }
f(x_i, x_j, type_i) -> T for each i = sum_j(x_j) * (x_i * type_i)
",
    );
}

#[test]
fn tuples() {
    cases(
        r"
pub fn f<T>(x_i: T, y_j: T) -> T { let (a, b) = x_i * y_j; sum_j a * b }
                                                ^^^^^^^^^ this is one value, and cannot be taken apart
help: write `let a = …;`

pub fn f<T>(x_i: T, y_j: T) -> T { let (a, b, c) = min_argmin_j(x_i * y_j); a }
                                       ^^^^^^^^^ these are 3 names for 2 values
help: write 2 names

pub fn f<T>(x_i: T, y_j: T) -> T { 2 * min_argmin_j(x_i * y_j) }
                                       ^^^^^^^^^^^^^^^^^^^^^^^ a tuple can only be taken apart or be the result
help: take it apart: `let (a0, a1) = …;`

pub fn f<T>(x_i: T, y_j: T) -> T { let t = min_argmin_j(x_i * y_j); exp(t) }
                                                                        ^ a tuple can only be taken apart or be the result
help: take it apart: `let (a0, a1) = …;`

pub fn f<T>(x_i: T, y_j: T) -> (T, u32) { let t = min_argmin_j(x_i * y_j); t }
f(x, y) -> T, u32 for each i = min_j(x_i * y_j); argmin_j(x_i * y_j)
",
    );
}

#[test]
fn several_faults() {
    cases(
        r"
pub fn f<T>(x_i: [T; 3], y_j: [T; 2]) -> T { let a = x_i - y_j; let b = expp(z_i); sum_j a * b + q }
                                                     ^^^ operands of `-` have different shapes: `[T; 3]` and `[T; 2]`
help: take as many components of both: `x_i[..2]`
                                                           ^^^ this one is `[T; 2]`
                                                                             ^^^ unknown name `z_i`
help: did you mean `x_i`?
                                                                        ^^^^ unknown function `expp`
help: did you mean `exp`?
                                                                                                 ^ unknown name `q`
help: declare it, or define it by `let q = …;`

pub fn f<T>(x_i: T, y_j: T) -> T { let a = unknown; let b = a + 1; sum_j b * a * y_j }
                                           ^^^^^^^ unknown name `unknown`
help: declare it, or define it by `let unknown = …;`

pub fn f<T>(x_i: [T; 3], y_j: [T; 3]) -> T { sum_j x_i[3] * y_j[4] }
                                                       ^ `3` is out of bounds: `x_i` has 3 components
help: write an integer from 0 to 2
                                                                ^ `4` is out of bounds: `y_j` has 3 components
help: write an integer from 0 to 2
",
    );
}
