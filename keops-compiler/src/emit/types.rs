//! Rust's types of what a call takes and gives, as text.

use keops_program::schedule::Axis;

use crate::calls::Datum;
use crate::check::{RealType, ResultKind};

/// The longest parameter that a view holds itself, so that what is made of a call does not borrow it.
const INLINE: u32 = 16;

/// The floating type of a formula inside its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Real {
    /// The type parameter `T`.
    Generic,
    /// `f32`
    Single,
    /// `f64`
    Double,
}

impl Real {
    pub(super) fn of(real: &RealType) -> Real {
        match real {
            RealType::Generic(_) => Real::Generic,
            RealType::F32 => Real::Single,
            RealType::F64 => Real::Double,
        }
    }

    /// As a type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Real::Generic => "T",
            Real::Single => "f32",
            Real::Double => "f64",
        }
    }

    /// What a declaration is generic over, a lifetime apart, after a comma.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Real::Generic => ", T: __keops::Real",
            Real::Single | Real::Double => "",
        }
    }

    /// What stands for it in the name of a type.
    pub(super) fn argument(self) -> &'static str {
        match self {
            Real::Generic => ", T",
            Real::Single | Real::Double => "",
        }
    }
}

/// How a call holds an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// As a view of rows.
    View,
    /// A parameter as a view that holds its value.
    Inline,
    /// A parameter that is too large for that.
    Beside,
}

impl Datum {
    /// The type of one component.
    pub(super) fn scalar(&self, real: Real) -> String {
        match self.kind {
            ResultKind::Real => real.name().into(),
            ResultKind::Complex => format!("::keops::__private::Complex<{}>", real.name()),
            ResultKind::Label => "u32".into(),
            ResultKind::Bool => "bool".into(),
        }
    }

    /// The type of one row.
    pub(super) fn row(&self, real: Real) -> String {
        let scalar = self.scalar(real);
        self.shape
            .iter()
            .rev()
            .fold(scalar, |element, n| format!("[{element}; {n}]"))
    }

    /// What a method takes for it: rows, a number, or a parameter.
    pub(super) fn parameter(&self, real: Real) -> String {
        let row = self.row(real);
        match (self.axis, self.shape.is_empty()) {
            (Axis::I | Axis::J | Axis::Batch, _) => format!("impl __keops::Rows<'a, {row}>"),
            (Axis::Unit, true) => row,
            (Axis::Unit, false) => format!("impl __keops::Param<{row}>"),
        }
    }

    /// How a call holds it.
    pub(super) fn held(&self) -> Held {
        match self.axis {
            Axis::I | Axis::J | Axis::Batch => Held::View,
            Axis::Unit if self.width() <= INLINE => Held::Inline,
            Axis::Unit => Held::Beside,
        }
    }

    /// From what a method takes to what a call holds.
    pub(super) fn held_value(&self, real: Real, value: &str) -> String {
        let make = match (self.held(), self.kind.is_floating()) {
            (Held::View, true) => "rows",
            (Held::View, false) => "labels",
            (Held::Inline, true) => "param",
            (Held::Inline, false) => "label_param",
            (Held::Beside, _) => return "__keops::wide()".into(),
        };
        let row = self.row(real);
        format!("__keops::{make}::<{row}, {}>({value})", real.name())
    }

    /// The type that holds it beside the arguments, at its position among all of them.
    pub(super) fn beside(&self, real: Real, position: usize) -> Option<String> {
        let at = if self.kind.is_floating() {
            "At"
        } else {
            "LabelsAt"
        };
        let row = self.row(real);
        (self.held() == Held::Beside).then(|| format!("__keops::{at}<{row}, {position}>"))
    }

    /// As a result of a schedule.
    pub(super) fn result(&self, real: Real) -> String {
        match self.axis {
            Axis::I | Axis::J | Axis::Batch => format!("__keops::Vec<{}>", self.row(real)),
            Axis::Unit => format!("__keops::Single<{}>", self.row(real)),
        }
    }

    /// As `run` gives it.
    pub(super) fn value(&self, real: Real) -> String {
        match self.axis {
            Axis::I | Axis::J | Axis::Batch => format!("__keops::Vec<{}>", self.row(real)),
            Axis::Unit => self.row(real),
        }
    }
}

/// The longest tuple that has the common traits.
const TUPLE: usize = 12;

/// One alone; several as a tuple, nested where they are many.
pub(super) fn tuple(parts: &[String]) -> String {
    match parts {
        [one] => one.clone(),
        parts if parts.len() <= TUPLE => format!("({})", parts.join(", ")),
        parts => {
            let groups: Vec<String> = parts.chunks(TUPLE).map(tuple).collect();
            tuple(&groups)
        }
    }
}

/// `grad_x` as the name of a type: `GradX`.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::new();
    let mut upper = true;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                camel.extend(c.to_uppercase());
                upper = false;
            }
            c => camel.push(c),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_nested_arrays() {
        let datum = Datum {
            name: "m".into(),
            axis: Axis::I,
            kind: ResultKind::Real,
            shape: vec![2, 3],
        };
        assert_eq!(datum.row(Real::Generic), "[[T; 3]; 2]");
        assert_eq!(datum.result(Real::Single), "__keops::Vec<[[f32; 3]; 2]>");
        assert_eq!(
            Datum {
                axis: Axis::Unit,
                ..datum
            }
            .result(Real::Double),
            "__keops::Single<[[f64; 3]; 2]>"
        );
    }

    #[test]
    fn many_results_are_nested() {
        let parts: Vec<String> = (0..13).map(|k| k.to_string()).collect();
        assert_eq!(tuple(&parts[..1]), "0");
        assert_eq!(tuple(&parts[..2]), "(0, 1)");
        assert_eq!(
            tuple(&parts),
            "((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 12)"
        );
    }

    #[test]
    fn methods_name_types() {
        assert_eq!(camel("grad_x"), "GradX");
        assert_eq!(camel("grad_x_i"), "GradXI");
    }
}
