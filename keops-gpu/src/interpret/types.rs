//! The types of registers and instructions.

use std::fmt;

/// A scalar type. Bits, unsigned and signed integers have 8, 16, 32 or 64 bits, floats 32 or 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ty {
    Pred,
    B(u32),
    U(u32),
    S(u32),
    F(u32),
}

impl Ty {
    /// The type that a modifier without its dot names.
    pub(super) fn parse(name: &str) -> Option<Ty> {
        Some(match name {
            "pred" => Ty::Pred,
            "b8" => Ty::B(8),
            "b16" => Ty::B(16),
            "b32" => Ty::B(32),
            "b64" => Ty::B(64),
            "u8" => Ty::U(8),
            "u16" => Ty::U(16),
            "u32" => Ty::U(32),
            "u64" => Ty::U(64),
            "s8" => Ty::S(8),
            "s16" => Ty::S(16),
            "s32" => Ty::S(32),
            "s64" => Ty::S(64),
            "f32" => Ty::F(32),
            "f64" => Ty::F(64),
            _ => return None,
        })
    }

    /// Whether the modifier reads like a type, known or not: `f16x2`, `b128`, `bf16`, `tf32`.
    pub(super) fn looks_like(name: &str) -> bool {
        let digits = name.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let letters = &name[..name.len() - digits.len()];
        matches!(letters, "b" | "u" | "s" | "f" | "bf" | "tf" | "e")
            && digits.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Width in bits; 1 for a predicate.
    pub(super) fn bits(self) -> u32 {
        match self {
            Ty::Pred => 1,
            Ty::B(n) | Ty::U(n) | Ty::S(n) | Ty::F(n) => n,
        }
    }

    /// Width in bytes.
    pub(super) fn bytes(self) -> u32 {
        self.bits() / 8
    }

    /// The type of the same kind with twice the width.
    pub(super) fn wide(self) -> Ty {
        match self {
            Ty::B(n) => Ty::B(2 * n),
            Ty::U(n) => Ty::U(2 * n),
            Ty::S(n) => Ty::S(2 * n),
            other => other,
        }
    }

    pub(super) fn is_float(self) -> bool {
        matches!(self, Ty::F(_))
    }

    pub(super) fn is_integer(self) -> bool {
        matches!(self, Ty::B(_) | Ty::U(_) | Ty::S(_))
    }

    /// Whether an instruction of this type takes a register of type `register`.
    pub(super) fn takes(self, register: Ty) -> bool {
        self.bits() == register.bits() && self.same_kind(register)
    }

    /// The same for loads, stores and conversions, which also take a wider register.
    pub(super) fn takes_wider(self, register: Ty) -> bool {
        self.takes(register)
            || !self.is_float() && self.bits() < register.bits() && self.same_kind(register)
    }

    fn same_kind(self, register: Ty) -> bool {
        match (self, register) {
            (Ty::Pred, other) | (other, Ty::Pred) => other == Ty::Pred,
            (Ty::B(_), _) | (_, Ty::B(_)) => true,
            (a, b) => a.is_float() == b.is_float(),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::Pred => f.write_str(".pred"),
            Ty::B(n) => write!(f, ".b{n}"),
            Ty::U(n) => write!(f, ".u{n}"),
            Ty::S(n) => write!(f, ".s{n}"),
            Ty::F(n) => write!(f, ".f{n}"),
        }
    }
}
