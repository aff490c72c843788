//! The value of each instruction against plain Rust.

use super::{Buffer, HEADER, Launch, Module};

/// The bits that an instruction gives: `text` has `{}` for the result and `{0}`… for the sources,
/// whose types and bits are given.
pub(super) fn eval(result: &str, text: &str, sources: &[(&str, u64)]) -> u64 {
    let mut body = String::new();
    let mut instruction = text.replace("{}", "%to");
    for (k, (ty, bits)) in sources.iter().enumerate() {
        body += &format!(".reg .{ty} %a{k};\n");
        body += &match *ty {
            "f32" => format!("mov.f32 %a{k}, 0f{bits:08X};\n"),
            "f64" => format!("mov.f64 %a{k}, 0d{bits:016X};\n"),
            "pred" => format!("mov.pred %a{k}, {bits};\n"),
            ty => format!("mov.{ty} %a{k}, {bits:#x};\n"),
        };
        instruction = instruction.replace(&format!("{{{k}}}"), &format!("%a{k}"));
    }
    let (wide, store) = match result {
        "pred" => (
            ".reg .b64 %out; selp.b64 %out, 1, 0, %to;",
            "b64 [%rd], %out",
        ),
        "u16" | "s16" | "b16" => (".reg .b64 %out; cvt.u64.u16 %out, %to;", "b64 [%rd], %out"),
        "f64" | "u64" | "s64" | "b64" => ("", "b64 [%rd], %to"),
        _ => (".reg .b64 %out; mov.b64 %out, {%to, 0};", "b64 [%rd], %out"),
    };
    let text = format!(
        "{HEADER}.visible .entry k(.param .u64 y)\n{{\n.reg .b64 %rd;\n.reg .{result} %to;\n{body}\
         {instruction};\n{wide}\nld.param.u64 %rd, [y];\nst.global.{store};\nret;\n}}\n"
    );
    let mut launch = Launch::new("k", 1, 1).buffer(Buffer::output::<u32>(2));
    Module::parse(&text)
        .and_then(|module| module.launch(&mut launch))
        .unwrap_or_else(|error| panic!("{error}"));
    let halves: Vec<u32> = launch.buffers[0].read().expect("written");
    u64::from(halves[0]) | u64::from(halves[1]) << 32
}

pub(super) fn f32_of(text: &str, sources: &[f32]) -> f32 {
    let sources: Vec<_> = sources
        .iter()
        .map(|x| ("f32", u64::from(x.to_bits())))
        .collect();
    f32::from_bits(eval("f32", text, &sources) as u32)
}

pub(super) fn f64_of(text: &str, sources: &[f64]) -> f64 {
    let sources: Vec<_> = sources.iter().map(|x| ("f64", x.to_bits())).collect();
    f64::from_bits(eval("f64", text, &sources))
}

pub(super) fn int_of(ty: &str, text: &str, sources: &[u64]) -> u64 {
    let sources: Vec<_> = sources.iter().map(|x| (ty, *x)).collect();
    eval(ty, text, &sources)
}

const NUMBERS: [f32; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    3.0e-39,
    1.2345678,
    8_388_609.0,
    1e38,
    -2e38,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

fn same(found: f32, expected: f32) -> bool {
    found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan()
}

fn flush(x: f32) -> f32 {
    if x.is_subnormal() {
        0.0f32.copysign(x)
    } else {
        x
    }
}

#[test]
fn f32_arithmetic() {
    type Pair = fn(f32, f32) -> f32;
    let table: [(&str, Pair); 4] = [
        ("add.rn", |a, b| a + b),
        ("sub", |a, b| a - b),
        ("mul.rn", |a, b| a * b),
        ("div.rn", |a, b| a / b),
    ];
    for a in NUMBERS {
        for b in NUMBERS {
            for (name, expected) in table {
                let found = f32_of(&format!("{name}.f32 {{}}, {{0}}, {{1}}"), &[a, b]);
                assert!(same(found, expected(a, b)), "{name} {a} {b}: {found}");
                let found = f32_of(&format!("{name}.ftz.f32 {{}}, {{0}}, {{1}}"), &[a, b]);
                assert!(
                    same(found, flush(expected(flush(a), flush(b)))),
                    "{name}.ftz {a} {b}: {found}"
                );
            }
            let found = f32_of("fma.rn.f32 {}, {0}, {1}, {2}", &[a, b, -1.0]);
            assert!(same(found, a.mul_add(b, -1.0)), "fma {a} {b}: {found}");
            if a != 0.0 || b != 0.0 {
                assert!(
                    same(f32_of("min.f32 {}, {0}, {1}", &[a, b]), a.min(b)),
                    "min {a} {b}"
                );
                assert!(
                    same(f32_of("max.f32 {}, {0}, {1}", &[a, b]), a.max(b)),
                    "max {a} {b}"
                );
            }
            // The sign is that of the first operand, the magnitude that of the second.
            let found = f32_of("copysign.f32 {}, {0}, {1}", &[a, b]);
            assert!(same(found, b.copysign(a)), "copysign {a} {b}: {found}");
        }
        assert!(same(f32_of("neg.f32 {}, {0}", &[a]), -a));
        assert!(same(f32_of("abs.f32 {}, {0}", &[a]), a.abs()));
        assert!(same(f32_of("sqrt.rn.f32 {}, {0}", &[a]), a.sqrt()));
        assert!(same(f32_of("rcp.rn.f32 {}, {0}", &[a]), 1.0 / a));
    }
    assert!(f32_of("min.f32 {}, {0}, {1}", &[0.0, -0.0]).is_sign_negative());
    assert!(f32_of("max.f32 {}, {0}, {1}", &[-0.0, 0.0]).is_sign_positive());
    assert!(f32_of("min.NaN.f32 {}, {0}, {1}", &[1.0, f32::NAN]).is_nan());
    assert!(f32_of("max.NaN.f32 {}, {0}, {1}", &[f32::NAN, 1.0]).is_nan());
    assert_eq!(f32_of("mov.f32 {}, 0.1", &[]), 0.1);
    assert_eq!(f32_of("add.f32 {}, {0}, -2.5", &[1.0]), -1.5);
}

#[test]
fn f32_approximations() {
    type One = fn(f64) -> f64;
    let table: [(&str, One); 8] = [
        ("ex2.approx.ftz.f32", f64::exp2),
        ("lg2.approx.ftz.f32", f64::log2),
        ("sin.approx.ftz.f32", f64::sin),
        ("cos.approx.ftz.f32", f64::cos),
        ("tanh.approx.f32", f64::tanh),
        ("rcp.approx.ftz.f32", |x| 1.0 / x),
        ("rsqrt.approx.ftz.f32", |x| 1.0 / x.sqrt()),
        ("sqrt.approx.ftz.f32", f64::sqrt),
    ];
    for (name, expected) in table {
        for a in [0.3f32, 1.0, 2.75, 77.0, 0.0, f32::INFINITY, -3.25] {
            let found = f32_of(&format!("{name} {{}}, {{0}}"), &[a]);
            assert!(
                same(found, flush(expected(f64::from(a)) as f32)),
                "{name} {a}: {found}"
            );
        }
    }
    assert_eq!(f32_of("ex2.approx.ftz.f32 {}, {0}", &[-127.0]), 0.0);
    assert_eq!(
        f32_of("ex2.approx.f32 {}, {0}", &[-127.0]),
        (-127.0f32).exp2()
    );
    assert_eq!(
        f32_of("div.approx.ftz.f32 {}, {0}, {1}", &[1.0, 3.0]),
        1.0 / 3.0
    );
    assert_eq!(
        f32_of("div.full.ftz.f32 {}, {0}, {1}", &[1.0, 3.0]),
        1.0 / 3.0
    );
    assert_eq!(
        f32_of("rsqrt.approx.f32 {}, {0}", &[-0.0]),
        f32::NEG_INFINITY
    );
}

#[test]
fn f64_arithmetic() {
    let (a, b) = (1.234_567_890_123_456_7, -9.876e-3);
    assert_eq!(f64_of("add.rn.f64 {}, {0}, {1}", &[a, b]), a + b);
    assert_eq!(f64_of("sub.f64 {}, {0}, {1}", &[a, b]), a - b);
    assert_eq!(f64_of("mul.rn.f64 {}, {0}, {1}", &[a, b]), a * b);
    assert_eq!(f64_of("div.rn.f64 {}, {0}, {1}", &[a, b]), a / b);
    assert_eq!(
        f64_of("fma.rn.f64 {}, {0}, {1}, {0}", &[a, b]),
        a.mul_add(b, a)
    );
    assert_eq!(f64_of("min.f64 {}, {0}, {1}", &[f64::NAN, b]), b);
    assert_eq!(f64_of("max.f64 {}, {0}, {1}", &[a, b]), a);
    assert_eq!(f64_of("neg.f64 {}, {0}", &[a]), -a);
    assert_eq!(f64_of("sqrt.rn.f64 {}, {0}", &[a]), a.sqrt());
    assert_eq!(f64_of("add.f64 {}, {0}, {1}", &[5e-324, 5e-324]), 1e-323);
    let coarse = f64_of("rcp.approx.ftz.f64 {}, {0}", &[a]);
    assert_eq!(coarse.to_bits() & 0xffff_ffff, 0);
    assert!((coarse * a - 1.0).abs() < 1e-6);
    let coarse = f64_of("rsqrt.approx.ftz.f64 {}, {0}", &[a]);
    assert!((coarse * coarse * a - 1.0).abs() < 2e-6 && coarse * coarse * a != 1.0);
}

#[test]
fn comparisons() {
    let f = |operator: &str, a: f32, b: f32| {
        let sources = [
            ("f32", u64::from(a.to_bits())),
            ("f32", u64::from(b.to_bits())),
        ];
        eval(
            "pred",
            &format!("setp.{operator}.f32 {{}}, {{0}}, {{1}}"),
            &sources,
        ) == 1
    };
    for a in NUMBERS {
        for b in NUMBERS {
            let unordered = a.is_nan() || b.is_nan();
            assert_eq!(f("eq", a, b), a == b);
            assert_eq!(f("ne", a, b), a != b && !unordered);
            assert_eq!(f("neu", a, b), a != b);
            assert_eq!(f("equ", a, b), a == b || unordered);
            assert_eq!(f("lt", a, b), a < b);
            assert_eq!(f("le", a, b), a <= b);
            assert_eq!(f("gt", a, b), a > b);
            assert_eq!(f("ge", a, b), a >= b);
            assert_eq!(f("ltu", a, b), a < b || unordered);
            assert_eq!(f("geu", a, b), a >= b || unordered);
            assert_eq!(f("nan", a, b), unordered);
            assert_eq!(f("num", a, b), !unordered);
            assert_eq!(f("lt.ftz", a, b), flush(a) < flush(b));
        }
    }
    let i = |text: &str, a: i32, b: i32| {
        let bits = |x: i32| ("u32", u64::from(x as u32));
        eval(
            "pred",
            &format!("setp.{text} {{}}, {{0}}, {{1}}"),
            &[bits(a), bits(b)],
        ) == 1
    };
    assert!(i("lt.s32", -1, 1) && !i("lt.u32", -1, 1) && i("hi.u32", -1, 1) && !i("lo.u32", -1, 1));
    assert!(i("ne.b32", 1, 2) && i("ge.s32", 2, 2) && i("ls.u32", 2, 2) && i("hs.u32", 2, 2));
    let both = |text: &str| eval("pred", text, &[("u32", 1), ("u32", 2), ("pred", 1)]);
    assert_eq!(both("setp.lt.and.u32 {}, {0}, {1}, {2}"), 1);
    assert_eq!(both("setp.lt.and.u32 {}, {0}, {1}, !{2}"), 0);
    assert_eq!(both("setp.gt.or.u32 {}, {0}, {1}, {2}"), 1);
    assert_eq!(both("setp.lt.xor.u32 {}, {0}, {1}, {2}"), 0);
    assert_eq!(both("setp.lt.u32 {2}|{}, {0}, {1}"), 0);
    assert_eq!(both("and.pred {}, {2}, {2}"), 1);
    assert_eq!(both("xor.pred {}, {2}, {2}"), 0);
    assert_eq!(both("not.pred {}, {2}"), 0);
    assert_eq!(
        int_of("u32", "set.lt.u32.u32 {}, {0}, {1}", &[1, 2]),
        0xffff_ffff
    );
    assert_eq!(
        eval(
            "f32",
            "set.lt.f32.u32 {}, {0}, {1}",
            &[("u32", 1), ("u32", 2)]
        ),
        0x3f80_0000
    );
    assert_eq!(eval("u32", "selp.b32 {}, 3, 4, {0}", &[("pred", 1)]), 3);
    assert_eq!(eval("u32", "selp.b32 {}, 3, 4, {0}", &[("pred", 0)]), 4);
}
