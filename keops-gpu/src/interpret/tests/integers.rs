//! Integer instructions, conversions, moves and accesses against plain Rust.

use super::values::{eval, int_of};

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
            if let Some(quotient) = a.checked_div(b) {
                assert_eq!(two("div.u32"), quotient);
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
