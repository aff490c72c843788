//! The tree as text.

use std::fmt::{self, Display, Formatter};

use proc_macro2::Ident;

use super::{
    Block, Expr, ExprKind, Inline, Item, Pattern, Real, ResultTy, Scalar, Subscript, SubscriptKind,
    Ty, Unary,
};

impl Display for Inline {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.body)?;
        for declaration in &self.declarations {
            write!(f, " ; {}: {}", declaration.name, declaration.ty)?;
            if let Some(expression) = &declaration.expression {
                write!(f, " = {expression}")?;
            }
        }
        Ok(())
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "(fn {}", self.name)?;
        if let Some(generic) = &self.generic {
            write!(f, " <{generic}>")?;
        }
        for parameter in &self.parameters {
            write!(f, " {}: {}", parameter.name, parameter.ty)?;
        }
        if let Some(result) = &self.result {
            write!(f, " -> {result}")?;
        }
        write!(f, " {})", self.body)
    }
}

impl Display for Ty {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", "[".repeat(self.dims.len()), self.scalar)?;
        self.dims.iter().rev().try_for_each(|n| write!(f, "; {n}]"))
    }
}

impl Display for Scalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Real(real) => write!(f, "{real}"),
            Scalar::Complex(real) => write!(f, "Complex<{real}>"),
            Scalar::U32 => f.write_str("u32"),
            Scalar::Bool => f.write_str("bool"),
        }
    }
}

impl Display for Real {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Real::F32 => "f32",
            Real::F64 => "f64",
            Real::Generic => "T",
        })
    }
}

impl Display for ResultTy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            ResultTy::Value(ty) => write!(f, "{ty}"),
            ResultTy::Matrix(scalar, _) => write!(f, "Matrix<{scalar}>"),
            ResultTy::Tuple(parts, _) => {
                f.write_str("(")?;
                for (k, part) in parts.iter().enumerate() {
                    write!(f, "{}{part}", if k == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for definition in &self.lets {
            write!(f, "(let {} {}) ", definition.pattern, definition.value)?;
        }
        write!(f, "{}", self.result)
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Name(name) => write!(f, "{name}"),
            Pattern::Tuple(names, _) => {
                let names: Vec<String> = names.iter().map(Ident::to_string).collect();
                write!(f, "({})", names.join(" "))
            }
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fn list(f: &mut Formatter<'_>, head: &dyn Display, parts: &[&dyn Display]) -> fmt::Result {
            write!(f, "({head}")?;
            parts.iter().try_for_each(|part| write!(f, " {part}"))?;
            f.write_str(")")
        }
        fn all<T: Display>(parts: &[T]) -> Vec<&dyn Display> {
            parts.iter().map(|part| part as &dyn Display).collect()
        }
        match &self.kind {
            ExprKind::Number(number) => f.write_str(&number.text),
            ExprKind::Name(name) => write!(f, "{name}"),
            ExprKind::Unary(Unary::Neg, a) => list(f, &"neg", &[a]),
            ExprKind::Unary(Unary::Not, a) => list(f, &"not", &[a]),
            ExprKind::Infix(op, a, b) => {
                let row = op.row();
                list(
                    f,
                    &row.infix.map_or(row.name, |infix| infix.symbol),
                    &[a, b],
                )
            }
            ExprKind::Pow(a, b) => list(f, &"^", &[a, b]),
            ExprKind::MatMul(a, b) => list(f, &"@", &[a, b]),
            ExprKind::Norm(a) => list(f, &"norm", &[a]),
            ExprKind::Compare(comparison, a, b) => list(f, &comparison.symbol(), &[a, b]),
            ExprKind::And(a, b) => list(f, &"&&", &[a, b]),
            ExprKind::Or(a, b) => list(f, &"||", &[a, b]),
            ExprKind::Call { name, args } => list(f, name, &all(args)),
            ExprKind::Concat(parts) => list(f, &"concat", &all(parts)),
            ExprKind::Tuple(parts) => list(f, &"tuple", &all(parts)),
            ExprKind::Index { base, subscripts } => {
                let mut parts: Vec<&dyn Display> = vec![base];
                parts.extend(all(subscripts));
                list(f, &"at", &parts)
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => list(f, &"if", &[condition, then, otherwise]),
            ExprKind::Sum { name, body, .. } => list(f, name, &[body]),
        }
    }
}

impl Display for Subscript {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.kind {
            SubscriptKind::At(k) => write!(f, "{k}"),
            SubscriptKind::Range { from, to } => {
                let text = |bound: Option<usize>| bound.map_or(String::new(), |k| k.to_string());
                write!(f, "{}..{}", text(from), text(to))
            }
        }
    }
}
