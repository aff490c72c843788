use super::cases;

#[test]
fn values_are_pairs_of_parts() {
    cases(
        r"
pub fn f<T>(z_i: Complex<T>, w_j: Complex<T>) -> Complex<T> { sum_j z_i * w_j }
f(z, w) -> Complex<T> for each i = [sum_j(z_i[0; ] * w_j[0; ] - z_i[1; ] * w_j[1; ]), sum_j(z_i[0; ] * w_j[1; ] + z_i[1; ] * w_j[0; ])]

pub fn f<T>(z_i: Complex<T>, x_j: T) { sum_j x_j + z_i }
f(z, x) -> Complex<T> for each i = [z_i[0; ] + sum_j(x_j), z_i[1; ]]

pub fn f<T>(z_i: [Complex<T>; 3], w_j: [Complex<T>; 3]) { sum_j dot(conj(z_i), w_j) }
f(z, w) -> Complex<T> for each i = [sum_j(sum(z_i[0; 2] * w_j[0; 2]) + sum(z_i[1; 2] * w_j[1; 2])), sum_j(sum(z_i[0; 2] * w_j[1; 2]) - sum(z_i[1; 2] * w_j[0; 2]))]

pub fn f<T>(z_i: Complex<T>, w_j: Complex<T>) -> T { sum_j |z_i - w_j|^2 }
f(z, w) -> T for each i = sum_j((z_i[0; ] - w_j[0; ]) * (z_i[0; ] - w_j[0; ]) + (z_i[1; ] - w_j[1; ]) * (z_i[1; ] - w_j[1; ]))

pub fn f<T>(z_i: Complex<T>, w_j: Complex<T>) { sum_j abs(z_i / w_j) }
f(z, w) -> T for each i = sum_j(hypot(_quotient(z_i[0; ], z_i[1; ], w_j[0; ], w_j[1; ]), _quotient(z_i[1; ], neg(z_i[0; ]), w_j[0; ], w_j[1; ])))

pub fn f<T>(x_i: T, y_j: T) -> (Complex<T>, T) { let z = complex(x_i, y_j); (sum_j exp(z), sum_j re(z)) }
f(x, y) -> Complex<T>, T for each i = [exp(x_i) * sum_j(cos(y_j)), exp(x_i) * sum_j(sin(y_j))]; x_i * sum_j(1)

pub fn f<T>(x_i: T, y_j: T) -> Complex<T> { sum_j x_i * y_j }
f(x, y) -> Complex<T> for each i = [x_i * sum_j(y_j), 0]

pub fn f<T>(z_i: [Complex<T>; 2], y_j: T) { sum_j [z_i[1] * y_j, y_j] }
f(z, y) -> [Complex<T>; 2] for each i = [sum_j([y_j * z_i[2; ], y_j]), sum_j([y_j * z_i[3; ], 0])][0; 1,2]

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j if y_j > 0 { z_i } else { 1 } }
f(z, y) -> Complex<T> for each i = [sum_j(if 0 < y_j { z_i[0; ] } else { 1 }), sum_j(if 0 < y_j { z_i[1; ] } else { 0 })]

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j z_i^3 * y_j }
f(z, y) -> Complex<T> for each i = [(z_i[0; ] * (z_i[0; ] * z_i[0; ] - z_i[1; ] * z_i[1; ]) - z_i[1; ] * (2 * (z_i[0; ] * z_i[1; ]))) * sum_j(y_j), (z_i[0; ] * (2 * (z_i[0; ] * z_i[1; ])) + z_i[1; ] * (z_i[0; ] * z_i[0; ] - z_i[1; ] * z_i[1; ])) * sum_j(y_j)]

pub fn f<T>(z_i: Complex<T>, y_j: Complex<T>) { sum_j grad(abs2(z_i * y_j), z_i) }
f(z, y) -> Complex<T> for each i = [sum_j(y_j[1; ] * (2 * (z_i[0; ] * y_j[1; ] + z_i[1; ] * y_j[0; ])) + y_j[0; ] * (2 * (z_i[0; ] * y_j[0; ] - z_i[1; ] * y_j[1; ]))), sum_j(y_j[0; ] * (2 * (z_i[0; ] * y_j[1; ] + z_i[1; ] * y_j[0; ])) + y_j[1; ] * (-2 * (z_i[0; ] * y_j[0; ] - z_i[1; ] * y_j[1; ])))]

pub fn f<T>(z_i: Complex<T>, y_j: Complex<T>, e_i: Complex<T>) { sum_j jvp(z_i * y_j, z_i, e_i) }
f(z, y, e) -> Complex<T> for each i = [sum_j(y_j[0; ] * e_i[0; ] - y_j[1; ] * e_i[1; ]), sum_j(y_j[1; ] * e_i[0; ] + y_j[0; ] * e_i[1; ])]

pub fn f<T>(z_i: Complex<T>, y_j: Complex<T>, e_i: Complex<T>) { sum_j vjp(z_i * y_j, z_i, e_i) }
f(z, y, e) -> Complex<T> for each i = [sum_j(y_j[1; ] * e_i[1; ] + y_j[0; ] * e_i[0; ]), sum_j(y_j[0; ] * e_i[1; ] - y_j[1; ] * e_i[0; ])]

pub fn f<T>(x_i: T, w_j: Complex<T>) { sum_j ComplexMult(Real2Complex(x_i), Imag2Complex(ComplexReal(w_j))) }
f(x, w) -> Complex<T> for each i = [0, x_i * sum_j(w_j[0; ])]

pub fn f<T>(z_i: Complex<T>, w_j: Complex<T>) { sum_j div(add(z_i, 1), ComplexSquareAbs(w_j)) }
f(z, w) -> Complex<T> for each i = [(1 + z_i[0; ]) * sum_j(1 / (w_j[0; ] * w_j[0; ] + w_j[1; ] * w_j[1; ])), z_i[1; ] * sum_j(1 / (w_j[0; ] * w_j[0; ] + w_j[1; ] * w_j[1; ]))]

pub fn f<T>(z_i: [Complex<T>; 2], w_j: Complex<T>) { sum_j mean(z_i) * ComplexSum(ComplexSumT(Conj(w_j), 3)) }
f(z, w) -> Complex<T> for each i = [sum_j(sum(z_i[0; 2]) / 2 * (3 * w_j[0; ]) - sum(z_i[1; 2]) / 2 * (-3 * w_j[1; ])), sum_j(sum(z_i[0; 2]) / 2 * (-3 * w_j[1; ]) + sum(z_i[1; 2]) / 2 * (3 * w_j[0; ]))]

pub fn f<T>(z_i: Complex<T>, w_j: Complex<T>) { sum_j if z_i == w_j || z_i != 1 { 1 } else { z_i } }
f(z, w) -> Complex<T> for each i = [sum_j(if z_i[0; ] == w_j[0; ] && z_i[1; ] == w_j[1; ] || (z_i[0; ] != 1 || z_i[1; ] != 0) { 1 } else { z_i[0; ] }), sum_j(if z_i[0; ] == w_j[0; ] && z_i[1; ] == w_j[1; ] || (z_i[0; ] != 1 || z_i[1; ] != 0) { 0 } else { z_i[1; ] })]

fn g<T>(a_i: Complex<T>, b_j: Complex<T>, c: Complex<T>) -> (Complex<T>, T) { (sum_j a_i * b_j * c, sum_j im(b_j)) } fn f<T>(z_i: Complex<T>, w_j: Complex<T>, s: T) -> Complex<T> { let (a, b) = g(2 * z_i, w_j, s); a * b }
g(a, b, c) -> Complex<T>, T for each i = [sum_j(c[0; ] * (a_i[0; ] * b_j[0; ] - a_i[1; ] * b_j[1; ]) - c[1; ] * (a_i[0; ] * b_j[1; ] + a_i[1; ] * b_j[0; ])), sum_j(c[1; ] * (a_i[0; ] * b_j[0; ] - a_i[1; ] * b_j[1; ]) + c[0; ] * (a_i[0; ] * b_j[1; ] + a_i[1; ] * b_j[0; ]))]; sum_j(b_j[1; ])
f(z, w, s) -> Complex<T> for each i = [s * sum_j(w_j[0; ] * (2 * z_i[0; ]) - w_j[1; ] * (2 * z_i[1; ])) * sum_j(w_j[1; ]), s * sum_j(w_j[1; ] * (2 * z_i[0; ]) + w_j[0; ] * (2 * z_i[1; ])) * sum_j(w_j[1; ])]

pub fn f<T>(z_i: [[[[[[[[Complex<T>; 2]; 1]; 1]; 1]; 1]; 1]; 1]; 1], w_j: T) { sum_j conj(z_i) * w_j }
f(z, w) -> [[[[[[[[Complex<T>; 2]; 1]; 1]; 1]; 1]; 1]; 1]; 1] for each i = [z_i[0; 0,0,0,0,0,0,0,2] * sum_j(w_j), neg(z_i[1; 0,0,0,0,0,0,0,2] * sum_j(w_j))][0; 0,0,0,0,0,0,0,1,2]

pub fn f<T>(z_i: Complex<T>, w_j: Complex<T>) -> Matrix<T> { re(z_i * conj(w_j)) }
f(z, w) -> T for each pair = z_i[0; ] * w_j[0; ] + z_i[1; ] * w_j[1; ]

sum_j z_i^-1 * x_j; z_i: Complex<f32>, x_j: f32
keops!(z, x) -> Complex<f32> for each i = [_quotient(1, 0, z_i[0; ], z_i[1; ]) * sum_j(x_j), _quotient(0, -1, z_i[0; ], z_i[1; ]) * sum_j(x_j)]
",
    );
}

#[test]
fn faults_say_what_to_write() {
    cases(
        r"
pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j sin(z_i) * y_j }
                                                 ^^^ `z_i` is complex, where a real number is wanted
help: write `abs(z_i)`, `re(z_i)` or `im(z_i)`

pub fn f<T>(z_i: Complex<T>, y_j: T) { min_j(z_i * y_j) }
                                             ^^^^^^^^^ `z_i * y_j` is complex, where a real number is wanted
help: write `abs(z_i * y_j)`, `re(z_i * y_j)` or `im(z_i * y_j)`

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j if z_i < y_j { 1 } else { 0 } }
                                                ^^^ `z_i` is complex, and has no order
help: compare `abs(z_i)`, or `re(z_i)`

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j z_i ^ y_j }
                                                   ^^^ a complex number has powers by an integer literal
help: write `exp(y_j * complex(log(abs(z_i)), arg(z_i)))` for the principal value

pub fn f<T>(z_i: Complex<T>, y_j: T) -> T { sum_j z_i * y_j }
                                        ^ the result is `Complex<T>`, not `T`
help: write `Complex<T>`

pub fn f<T>(z_i: [Complex<T>; 3], y_j: [T; 2]) { sum_j z_i * y_j }
                                                       ^^^ operands of `*` have different shapes: `[Complex<T>; 3]` and `[T; 2]`
help: take as many components of both: `z_i[..2]`
                                                             ^^^ this one is `[T; 2]`

pub fn f<T>(z_i: [Complex<T>; 3], y_j: [T; 2]) { sum_j z_i / complex(y_j, 1) }
                                                       ^^^ operands of `/` have different shapes: `[Complex<T>; 3]` and `[Complex<T>; 2]`
help: take as many components of both: `z_i[..2]`
                                                             ^^^^^^^^^^^^^^^ this one is `[Complex<T>; 2]`

pub fn f<T>(z_i: [Complex<T>; 3], y_j: T) { sum_j z_i[3] * y_j }
                                                      ^ `3` is out of bounds: `z_i` has 3 components
help: write an integer from 0 to 2

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j grad(z_i * y_j, z_i) }
                                                  ^^^^^^^^^ `z_i * y_j` is complex, where a real number is wanted
help: write `abs(z_i * y_j)`, `re(z_i * y_j)` or `im(z_i * y_j)`

pub fn f<T>(z_i: Complex<T>, y_j: Complex<T>) -> Matrix<Complex<T>> { z_i * y_j }
                                                 ^^^^^^^^^^^^^^^^^^ the entries of a kernel matrix are real numbers
help: write `Matrix<T>` of `re(…)` or `im(…)`; for a product with a complex matrix, write the sum: `sum_j k * v_j`

pub fn f<T>(z_i: Complex<T>, y_j: Complex<T>) -> Matrix<T> { z_i * y_j }
                                                             ^^^^^^^^^ `z_i * y_j` is complex, where a real number is wanted
help: write `abs(z_i * y_j)`, `re(z_i * y_j)` or `im(z_i * y_j)`

pub fn f<T>(z_i: Complex<T>, y_j: Complex<T>) { sum_j complex(z_i, y_j) }
                                                              ^^^ `z_i` is complex, where a real number is wanted
help: write `abs(z_i)`, `re(z_i)` or `im(z_i)`

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j z_i[0] * y_j }
                                                 ^ too many subscripts: `z_i` is `Complex<T>`
help: a scalar has no components: write `z_i`

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j comples(z_i, y_j) }
                                             ^^^^^^^ unknown function `comples`
help: did you mean `complex`?

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j quotient(1, 2, 3, y_j) * z_i }
                                             ^^^^^^^^ unknown function `quotient`
help: define it above, as an item: `fn quotient<T>(…) -> T { … }`

pub fn f<T>(z_i: Complex<T>, y_j: T) { let w = 2 * z_i; sum_j grad(abs(w) * y_j, w) }
                                                                                 ^ a derivative is taken by a variable, and `w` is a `let`
help: write one of `z_i`, `y_j`

pub fn f<T>(z_i: Complex<T>, y_j: T) { sum_j vjp(y_j * abs(z_i), z_i, z_i) }
                                                                      ^^^ `z_i` is complex, where a real number is wanted
help: write `abs(z_i)`, `re(z_i)` or `im(z_i)`

fn g<T>(z_i: Complex<T>, y_j: [Complex<T>; 2]) -> Complex<T> { sum_j z_i * y_j[0] } pub fn f<T>(z_i: Complex<T>, y_j: T) { g(z_i, y_j) }
                                                                                                                                  ^^^ `y_j` of `g` is `[Complex<T>; 2]`, and `y_j` is `Complex<T>`
help: repeat it: `fill(y_j, 2)`
",
    );
}
