//! The value of each instruction against plain Rust.

use super::{Buffer, HEADER, Launch, Module};

/// The bits that an instruction gives: `text` has `{}` for the result and `{0}`… for the sources,
/// whose types and bits are given.
fn eval(result: &str, text: &str, sources: &[(&str, u64)]) -> u64 {
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

fn f32_of(text: &str, sources: &[f32]) -> f32 {
    let sources: Vec<_> = sources
        .iter()
        .map(|x| ("f32", u64::from(x.to_bits())))
        .collect();
    f32::from_bits(eval("f32", text, &sources) as u32)
}

fn f64_of(text: &str, sources: &[f64]) -> f64 {
    let sources: Vec<_> = sources.iter().map(|x| ("f64", x.to_bits())).collect();
    f64::from_bits(eval("f64", text, &sources))
}

fn int_of(ty: &str, text: &str, sources: &[u64]) -> u64 {
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
fn integers() {
    const NUMBERS: [u32; 8] = [
        0,
        1,
        7,
        31,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fff9,
        0xffff_ffff,
    ];
    for a in NUMBERS {
        for b in NUMBERS {
            let (u, v) = (u64::from(a), u64::from(b));
            let (s, t) = (a as i32, b as i32);
            let two =
                |text: &str| int_of("u32", &format!("{text} {{}}, {{0}}, {{1}}"), &[u, v]) as u32;
            assert_eq!(two("add.u32"), a.wrapping_add(b));
            assert_eq!(two("sub.s32"), a.wrapping_sub(b));
            assert_eq!(two("mul.lo.s32"), a.wrapping_mul(b));
            assert_eq!(two("mul.hi.u32"), ((u * v) >> 32) as u32);
            assert_eq!(
                two("mul.hi.s32"),
                ((i64::from(s) * i64::from(t)) >> 32) as u32
            );
            assert_eq!(two("min.u32"), a.min(b));
            assert_eq!(two("max.s32"), s.max(t) as u32);
            assert_eq!(two("and.b32"), a & b);
            assert_eq!(two("or.b32"), a | b);
            assert_eq!(two("xor.b32"), a ^ b);
            assert_eq!(two("shl.b32"), a.checked_shl(b).unwrap_or(0));
            assert_eq!(two("shr.u32"), a.checked_shr(b).unwrap_or(0));
            assert_eq!(two("shr.s32"), (s >> b.min(31)) as u32);
            if b != 0 {
                assert_eq!(two("div.u32"), a / b);
                assert_eq!(two("rem.s32"), s.wrapping_rem(t) as u32);
                assert_eq!(two("div.s32"), s.wrapping_div(t) as u32);
            }
            let mad = int_of("u32", "mad.lo.u32 {}, {0}, {1}, {0}", &[u, v]) as u32;
            assert_eq!(mad, a.wrapping_mul(b).wrapping_add(a));
            let sources = [("u32", u), ("u32", v), ("u64", 5)];
            assert_eq!(eval("u64", "mul.wide.u32 {}, {0}, {1}", &sources), u * v);
            let wide = (i64::from(s) * i64::from(t)) as u64;
            assert_eq!(eval("s64", "mul.wide.s32 {}, {0}, {1}", &sources), wide);
            assert_eq!(
                eval("s64", "mad.wide.s32 {}, {0}, {1}, {2}", &sources),
                wide.wrapping_add(5)
            );
        }
        let one =
            |text: &str| int_of("u32", &format!("{text} {{}}, {{0}}"), &[u64::from(a)]) as u32;
        assert_eq!(one("neg.s32"), a.wrapping_neg());
        assert_eq!(one("abs.s32"), (a as i32).wrapping_abs() as u32);
        assert_eq!(one("not.b32"), !a);
        assert_eq!(one("popc.b32"), a.count_ones());
        assert_eq!(one("clz.b32"), a.leading_zeros());
    }
    assert_eq!(int_of("u64", "add.s64 {}, {0}, -1", &[0]), u64::MAX);
    assert_eq!(
        int_of("u64", "mul.hi.u64 {}, {0}, {0}", &[u64::MAX]),
        u64::MAX - 1
    );
    assert_eq!(int_of("u16", "add.u16 {}, {0}, {0}", &[0x8001]), 2);
    assert_eq!(
        eval("u32", "bfe.u32 {}, {0}, 4, 8", &[("u32", 0xabcd)]),
        0xbc
    );
    assert_eq!(
        eval("s32", "bfe.s32 {}, {0}, 4, 8", &[("u32", 0xabcd)]),
        0xffff_ffbc
    );
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

#[test]
fn conversions() {
    let f = |result: &str, text: &str, x: f32| {
        eval(
            result,
            &format!("cvt.{text} {{}}, {{0}}"),
            &[("f32", u64::from(x.to_bits()))],
        )
    };
    let d = |result: &str, text: &str, x: f64| {
        eval(
            result,
            &format!("cvt.{text} {{}}, {{0}}"),
            &[("f64", x.to_bits())],
        )
    };
    let i = |result: &str, text: &str, ty: &str, x: u64| {
        eval(result, &format!("cvt.{text} {{}}, {{0}}"), &[(ty, x)])
    };
    for (x, nearest, zero, down, up) in [
        (2.5, 2, 2, 2, 3),
        (-2.5, -2, -2, -3, -2),
        (3.5, 4, 3, 3, 4),
        (-0.4, 0, 0, -1, 0),
    ] {
        let signed = |text: &str| f("s32", text, x) as u32 as i32;
        assert_eq!(signed("rni.s32.f32"), nearest);
        assert_eq!(signed("rzi.s32.f32"), zero);
        assert_eq!(signed("rmi.s32.f32"), down);
        assert_eq!(signed("rpi.s32.f32"), up);
        assert_eq!(
            f32::from_bits(f("f32", "rni.f32.f32", x) as u32),
            nearest as f32
        );
        assert_eq!(
            f32::from_bits(f("f32", "rmi.ftz.f32.f32", x) as u32),
            down as f32
        );
    }
    assert_eq!(f("s32", "rni.s32.f32", 3e9), 0x7fff_ffff);
    assert_eq!(f("s32", "rni.s32.f32", -3e9), 0x8000_0000);
    assert_eq!(f("u32", "rzi.u32.f32", -3.0), 0);
    assert_eq!(f("u32", "rzi.u32.f32", f32::INFINITY), 0xffff_ffff);
    assert_eq!(f("s32", "rzi.s32.f32", f32::NAN), 0);
    assert_eq!(f("u64", "rzi.u64.f32", 3e30), u64::MAX);
    assert_eq!(d("s32", "rzi.s32.f64", f64::NAN), 0x8000_0000);
    assert_eq!(
        d("s64", "rmi.s64.f64", -1e15 - 0.5),
        (-1_000_000_000_000_001i64) as u64
    );
    assert_eq!(
        i("f32", "rn.f32.u32", "u32", 16_777_217),
        u64::from(16_777_216f32.to_bits())
    );
    assert_eq!(
        i("f32", "rp.f32.u32", "u32", 16_777_217),
        u64::from(16_777_218f32.to_bits())
    );
    assert_eq!(
        i("f32", "rz.f32.s32", "u32", 0xfeff_ffff),
        u64::from((-16_777_216f32).to_bits())
    );
    assert_eq!(
        i("f32", "rm.f32.s32", "u32", 0xfeff_ffff),
        u64::from((-16_777_218f32).to_bits())
    );
    assert_eq!(
        i("f64", "rn.f64.s32", "u32", 0xffff_ffff),
        (-1.0f64).to_bits()
    );
    assert_eq!(d("f32", "rn.f32.f64", 0.1), u64::from(0.1f32.to_bits()));
    assert_eq!(
        d("f32", "rz.f32.f64", 0.1),
        u64::from(0.1f32.next_down().to_bits())
    );
    assert_eq!(
        d("f32", "rp.f32.f64", -0.1),
        u64::from((-0.1f32).next_up().to_bits())
    );
    assert_eq!(d("f32", "rm.f32.f64", 1e300), u64::from(f32::MAX.to_bits()));
    assert_eq!(d("f32", "rn.ftz.f32.f64", 1e-40), 0);
    assert_eq!(f("f64", "f64.f32", 0.1), f64::from(0.1f32).to_bits());
    assert_eq!(f("f64", "ftz.f64.f32", 1e-40), 0);
    assert_eq!(i("u64", "u64.u32", "u32", 0xffff_ffff), 0xffff_ffff);
    assert_eq!(i("s64", "s64.s32", "u32", 0xffff_ffff), u64::MAX);
    assert_eq!(i("u32", "u32.u64", "u64", 0x1_2345_6789), 0x2345_6789);
    assert_eq!(i("s32", "s32.s8", "u32", 0x180), 0xffff_ff80);
    assert_eq!(i("u16", "u16.u32", "u32", 0x12345), 0x2345);
}

#[test]
fn moves() {
    assert_eq!(
        eval("b64", "mov.b64 {}, {{0}, {1}}", &[("u32", 1), ("u32", 2)]),
        0x2_0000_0001
    );
    assert_eq!(
        eval("b32", "mov.b64 {_, {}}, {0}", &[("f64", 1.5f64.to_bits())]),
        0x3ff8_0000
    );
    assert_eq!(
        eval(
            "b32",
            "mov.b64 {{}, _}, {0}",
            &[("f64", 0x1234_5678_9abc_def0)]
        ),
        0x9abc_def0
    );
    assert_eq!(
        eval("b32", "mov.b32 {}, {{0}, {1}}", &[("b16", 1), ("b16", 2)]),
        0x2_0001
    );
    assert_eq!(
        eval(
            "b32",
            "mov.b32 {}, {0}",
            &[("f32", u64::from(1.0f32.to_bits()))]
        ),
        0x3f80_0000
    );
    assert_eq!(eval("f32", "mov.b32 {}, 0f3F800000", &[]), 0x3f80_0000);
    assert_eq!(eval("u32", "mov.u32 {}, %ntid.x", &[]), 1);
}

#[test]
fn memory() {
    let body = ".shared .align 16 .b8 tile[32]; .local .align 8 .b8 own[8]; .reg .b64 %s, %l; .reg .b32 %t;";
    let shared = format!("{body} mov.u64 %s, tile; cvta.shared.u64 %s, %s; mov.u32 %t, tile;");
    let through = format!("{shared} st.u32 [%s+4], {{0}}; ld.shared.u32 {{}}, [%t+4]");
    assert_eq!(int_of("u32", &through, &[77]), 77);
    let back = format!(
        "{shared} cvta.to.shared.u64 %s, %s; st.shared.u32 [%s], {{0}}; ld.shared.u32 {{}}, [tile]"
    );
    assert_eq!(int_of("u32", &back, &[78]), 78);
    let local = format!(
        "{body} mov.u64 %l, own; cvta.local.u64 %s, %l; st.u32 [%s], {{0}}; ld.local.u32 {{}}, [%l]"
    );
    assert_eq!(int_of("u32", &local, &[79]), 79);
    let narrow = format!("{body} st.shared.u8 [tile+1], {{0}}; ld.shared.s8 {{}}, [tile+1]");
    assert_eq!(int_of("u32", &narrow, &[0x1_80]), 0xffff_ff80);
    let vector = format!(
        "{body} .reg .b32 %v; st.shared.v4.b32 [tile+16], {{{{0}}, 5, 6, 7}}; ld.shared.v4.b32 {{_, _, {{}}, _}}, [tile+16]"
    );
    assert_eq!(int_of("u32", &vector, &[4]), 6);
}
