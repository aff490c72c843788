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
    /// A parameter as itself.
    Value,
}

impl Datum {
    /// The type of one component.
    pub(super) fn scalar(&self, real: Real) -> &'static str {
        match self.kind {
            ResultKind::Real => real.name(),
            ResultKind::Label => "u32",
            ResultKind::Bool => "bool",
        }
    }

    /// The type of one row.
    pub(super) fn row(&self, real: Real) -> String {
        let scalar = self.scalar(real).to_string();
        self.shape
            .iter()
            .rev()
            .fold(scalar, |element, n| format!("[{element}; {n}]"))
    }

    /// What a method takes for it: rows, a number, or a parameter.
    pub(super) fn parameter(&self, real: Real) -> String {
        let row = self.row(real);
        match (self.axis, self.shape.is_empty()) {
            (Axis::I | Axis::J, _) => format!("impl __keops::Rows<'a, {row}>"),
            (Axis::Unit, true) => row,
            (Axis::Unit, false) => format!("impl __keops::Param<{row}>"),
        }
    }

    /// How a call holds it.
    pub(super) fn held(&self) -> Held {
        match self.axis {
            Axis::I | Axis::J => Held::View,
            Axis::Unit if self.shape.iter().product::<u32>() <= INLINE => Held::Inline,
            Axis::Unit => Held::Value,
        }
    }

    /// The type of the field that holds it.
    pub(super) fn field(&self, real: Real) -> String {
        match self.held() {
            Held::View | Held::Inline => format!("__keops::View<'a, {}>", self.scalar(real)),
            Held::Value => self.row(real),
        }
    }

    /// From what a method takes to the field.
    pub(super) fn field_value(&self, real: Real, value: &str) -> String {
        let row = self.row(real);
        match self.held() {
            Held::View => format!("__keops::Rows::<{row}>::into_view({value})"),
            Held::Inline => format!(
                "__keops::Rows::<{row}>::into_view(__keops::every(\
                 __keops::Param::<{row}>::into_value({value})))"
            ),
            Held::Value => format!("__keops::Param::<{row}>::into_value({value})"),
        }
    }

    /// From the field to what is executed.
    pub(super) fn argument(&self, field: &str) -> String {
        let real = self.kind == ResultKind::Real;
        match (self.held(), real) {
            (Held::View | Held::Inline, true) => format!("__keops::Argument::Rows({field})"),
            (Held::View | Held::Inline, false) => format!("__keops::Argument::Labels({field})"),
            (Held::Value, true) => format!("__keops::Argument::param(&{field})"),
            (Held::Value, false) => format!("__keops::Argument::label_param(&{field})"),
        }
    }

    /// As a result of a schedule.
    pub(super) fn result(&self, real: Real) -> String {
        match self.axis {
            Axis::I | Axis::J => format!("__keops::Vec<{}>", self.row(real)),
            Axis::Unit => format!("__keops::Single<{}>", self.row(real)),
        }
    }

    /// As `run` gives it.
    pub(super) fn value(&self, real: Real) -> String {
        match self.axis {
            Axis::I | Axis::J => format!("__keops::Vec<{}>", self.row(real)),
            Axis::Unit => self.row(real),
        }
    }

    /// As `run_into` takes it.
    pub(super) fn memory(&self, real: Real) -> String {
        match self.axis {
            Axis::I | Axis::J => format!("&mut [{}]", self.row(real)),
            Axis::Unit => format!("&mut {}", self.row(real)),
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
        assert_eq!(datum.memory(Real::Single), "&mut [[[f32; 3]; 2]]");
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
