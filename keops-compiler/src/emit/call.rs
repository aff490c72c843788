//! One lazy call: its type, its descriptor, and the methods that make it.
//!
//! A call that others are made of is a type of its own; the rest are names for the runtime's:
//!
//! ```text
//! pub struct Call<'a, T: Real>(pub(super) Lazy<'a, T, Vec<T>, 4>);
//! impl<'a, T: Real> Call<'a, T> {
//!     pub(super) const VALUE: &'static Descriptor<T> = …;
//!     const GRAD_X: &'static Descriptor<T> = …;
//!     pub fn grad_x(self, e: impl Rows<'a, T>) -> GradX<'a, T> { self.0.derive(Self::GRAD_X, …) }
//!     …
//! }
//! pub type GradX<'a, T> = Lazy<'a, T, Vec<[T; 3]>, 4, 1>;
//! ```

use super::descriptor::Context;
use super::host::Kernels;
use super::types::{Real, camel, tuple};
use crate::calls::{Call, Calls, Datum, Role};

/// The calls of a formula, with the names of their types.
pub(super) struct Printer<'c> {
    pub(super) context: Context<'c>,
    pub(super) calls: &'c Calls,
    /// The name of each call's type.
    types: Vec<String>,
}

/// What a call holds beside its arguments, as a type and as a value.
pub(super) struct Beside {
    pub(super) ty: String,
    pub(super) value: String,
}

impl<'c> Printer<'c> {
    pub(super) fn new(context: Context<'c>, calls: &'c Calls) -> Printer<'c> {
        let mut types: Vec<String> = Vec::new();
        for call in &calls.list {
            let mut name = match (call.role, call.of) {
                (Role::Value, _) => "Call".into(),
                (_, Some(of)) if of > 0 => format!("{}{}", types[of], camel(&call.method)),
                _ => camel(&call.method),
            };
            while types.contains(&name) || name == "Gradients" {
                name.push('_');
            }
            types.push(name);
        }
        Printer {
            context,
            calls,
            types,
        }
    }

    fn real(&self) -> Real {
        self.context.real
    }

    /// Whether gradients use what a `Forward` keeps.
    fn keeps(&self) -> bool {
        let is = |call: &Call| {
            call.role == Role::Forward && call.schedule.passes.iter().any(|pass| pass.forward)
        };
        self.calls.list.iter().any(is)
    }

    /// Whether a call is a type of its own: it has methods that make others.
    fn makes(&self, number: usize) -> bool {
        let role = self.calls.list[number].role;
        let mut others = self.calls.list.iter();
        matches!(role, Role::Value | Role::Forward) || others.any(|call| call.of == Some(number))
    }

    /// `GradX<'a, T>`
    fn ty(&self, number: usize) -> String {
        format!("{}<'a{}>", self.types[number], self.real().argument())
    }

    /// How many arguments the derivatives take that lead to a call.
    fn taken(&self, number: usize) -> usize {
        let call = &self.calls.list[number];
        call.given.len() + call.of.map_or(0, |of| self.taken(of))
    }

    /// The type that the runtime has for a call.
    fn lazy(&self, number: usize) -> String {
        let call = &self.calls.list[number];
        let results: Vec<String> = call
            .results
            .iter()
            .map(|result| result.result(self.real()))
            .collect();
        let mut results = tuple(&results);
        if call.role == Role::Vjp {
            results = format!("__keops::Made<{results}, Gradients{}>", self.of_real());
        }
        let (real, count) = (self.real().name(), self.calls.arguments.len());
        let (taken, beside) = (self.taken(number), self.beside(number, "").ty);
        match call.role {
            Role::Forward => format!("__keops::Keeping<'a, {real}, {results}, {count}, {beside}>"),
            _ => format!("__keops::Lazy<'a, {real}, {results}, {count}, {taken}, {beside}>"),
        }
    }

    /// What a call holds beside its arguments; `of` is the value of what the call that it is made of
    /// holds.
    pub(super) fn beside(&self, number: usize, of: &str) -> Beside {
        let call = &self.calls.list[number];
        let (mut held, own, before) = match call.of {
            None => {
                let (ty, value) = ("()".into(), "()".into());
                (Beside { ty, value }, &self.calls.arguments, 0)
            }
            Some(before) => {
                let count = self.calls.arguments.len() + self.taken(before);
                let ty = self.beside(before, "").ty;
                let value = if ty == "()" { ty.clone() } else { of.into() };
                (Beside { ty, value }, &call.given, count)
            }
        };
        for (k, datum) in own.iter().enumerate() {
            if let Some(ty) = datum.beside(self.real(), before + k) {
                let value = parameter_value(call, k, datum);
                held = Beside {
                    value: format!("(<{ty}>::new({value}), {})", held.value),
                    ty: format!("({ty}, {})", held.ty),
                };
            }
        }
        held
    }

    /// The type of a call and its methods.
    pub(super) fn call<'p>(&self, number: usize, kernels: &mut Kernels<'p>) -> String
    where
        'c: 'p,
    {
        let (ty, lazy) = (self.ty(number), self.lazy(number));
        let call = &self.calls.list[number];
        let doc = describe(call);
        if !self.makes(number) {
            return format!("#[doc = {doc:?}] pub type {ty} = {lazy}; ");
        }
        let copy = match call.role {
            Role::Forward => "",
            _ => "Copy, ",
        };
        let constants = match call.role {
            Role::Value => self.constants(kernels),
            _ => String::new(),
        };
        let (parameter, methods) = (self.real().parameter(), self.methods(number));
        format!(
            "#[doc = {doc:?}] #[derive(Clone, {copy}Debug)] \
             #[must_use = \"a formula computes nothing until `.run()`\"] \
             pub struct {}<'a{parameter}>(pub(super) {lazy}); \
             impl<'a{parameter}> {ty} {{ {constants}{methods} }} \
             ::keops::__private::lazy! {{ impl('a{parameter}) {ty} = {lazy} }} ",
            self.types[number],
        )
    }

    /// The descriptors of all calls, in constants of the value's type.
    fn constants<'p>(&self, kernels: &mut Kernels<'p>) -> String
    where
        'c: 'p,
    {
        // The function names the value's; a kernel matrix, others.
        let mut text = String::new();
        let calls: &'c Calls = self.calls;
        for (number, call) in calls.list.iter().enumerate() {
            let (name, what) = (self.constant(number), calls.what(number));
            let context = &self.context;
            text += "pub(super) ";
            text += &context.constant(&name, &what, &call.schedule, kernels);
            if let Some(schedule) = &call.after {
                let (name, what) = (format!("{name}_AFTER"), format!("{what}_after"));
                text += &context.constant(&name, &what, schedule, kernels);
            }
        }
        text
    }

    /// The constant with the descriptor of a call.
    pub(super) fn constant(&self, number: usize) -> String {
        match self.calls.what(number) {
            what if what.is_empty() => "VALUE".into(),
            what => what.to_uppercase(),
        }
    }

    /// The methods that make other calls of this one: of a `Forward`, the gradients of the value.
    fn methods(&self, number: usize) -> String {
        let forward = self.calls.list[number].role == Role::Forward;
        let is_made = |call: &Call| match forward {
            true => matches!(call.role, Role::Gradient | Role::Vjp) && call.of == Some(0),
            false => call.of == Some(number),
        };
        let list = self.calls.list.iter().enumerate();
        list.filter(|(_, call)| is_made(call))
            .map(|(made, _)| self.method(made, forward))
            .collect()
    }

    /// The method that makes a call, of the one that it is made of or of a `Forward`.
    fn method(&self, made: usize, forward: bool) -> String {
        let real = self.real();
        let call = &self.calls.list[made];
        let types: Vec<String> = call.given.iter().map(|d| d.parameter(real)).collect();
        let mut parameters = if is_tuple(call) {
            format!(", e: ({})", types.join(", "))
        } else {
            let list = call.given.iter().zip(&types);
            list.map(|(datum, ty)| format!(", {}: {ty}", datum.name))
                .collect()
        };
        let before = call.of.map_or(0, |of| self.taken(of));
        let mut given: Vec<String> = (0..before)
            .map(|k| format!("self.0.given()[{k}]"))
            .collect();
        for (k, datum) in call.given.iter().enumerate() {
            given.push(datum.held_value(real, &parameter_value(call, k, datum)));
        }
        let value = if forward { "self.0.value()" } else { "self.0" };
        let beside = self.beside(made, &format!("{value}.wide()")).value;
        // What is kept is of no use to gradients that need nothing of it.
        let (of, after) = match (forward && self.keeps(), &call.after) {
            (true, Some(_)) => ("self.0", "_AFTER"),
            (true, None) => ("self.0", ""),
            (false, _) => (value, ""),
        };
        let mut body = format!(
            "{of}.derive(Call{}::{}{after}, [{}], {beside})",
            turbofish(real),
            self.constant(made),
            given.join(", "),
        );
        if call.role == Role::Forward {
            body = format!("__keops::Keeping::new({body})");
        }
        if self.makes(made) {
            body = format!("{}({body})", self.types[made]);
        }
        let (mut generics, mut receiver, mut result) = ("", "self", self.ty(made));
        if forward {
            // It lives as long as the `Forward` is borrowed.
            (generics, receiver) = ("<'s>", "&'s self");
            result = result.replace("<'a", "<'s");
            parameters = parameters.replace("<'a, ", "<'s, ");
        }
        let many = if !is_tuple(call) && call.given.len() > 6 {
            "#[allow(clippy::too_many_arguments)] "
        } else {
            ""
        };
        let (doc, name) = (document(call), &call.method);
        format!(
            "#[doc = {doc:?}] {many}#[inline] \
             pub fn {name}{generics}({receiver}{parameters}) -> {result} {{ {body} }} ",
        )
    }

    /// `<T>`, or nothing.
    pub(super) fn of_real(&self) -> &'static str {
        match self.real() {
            Real::Generic => "<T>",
            Real::Single | Real::Double => "",
        }
    }
}

/// `::<T>`, or nothing.
pub(super) fn turbofish(real: Real) -> &'static str {
    match real {
        Real::Generic => "::<T>",
        Real::Single | Real::Double => "",
    }
}

/// Whether what a method takes comes as one tuple: the cotangents of several results.
fn is_tuple(call: &Call) -> bool {
    call.role != Role::Jvp && call.given.len() > 1
}

/// The value of a parameter of the method that makes a call.
fn parameter_value(call: &Call, k: usize, datum: &Datum) -> String {
    if is_tuple(call) {
        format!("e.{k}")
    } else {
        datum.name.clone()
    }
}

/// What the type of a call is.
fn describe(call: &Call) -> String {
    match call.role {
        Role::Value => "The formula's value, a lazy call.".into(),
        Role::Forward => {
            "The formula's value with the states that its gradients need, a lazy call. \
                          What is run first computes them; nothing that is run later does."
                .into()
        }
        _ => format!("What `{}` gives, a lazy call.", call.method),
    }
}

/// What the method that makes a call does.
fn document(call: &Call) -> String {
    let names: Vec<String> = call.given.iter().map(|d| format!("`{}`", d.name)).collect();
    let cotangent = if names.len() == 1 {
        format!("the cotangent {}: rows like the result's", names[0])
    } else {
        "the cotangents, a tuple of rows like the floating results'".to_string()
    };
    match call.role {
        Role::Value => String::new(),
        Role::Gradient => {
            let by = call.method.trim_start_matches("grad_");
            let whose = match call.of {
                Some(0) => "the result",
                _ => "this gradient",
            };
            format!("The gradient by `{by}` of the sum of {whose} weighted by {cotangent}.")
        }
        Role::Vjp => format!("The gradients by all arguments, given {cotangent}."),
        Role::Jvp => "How the result changes with the arguments: forward mode. A tangent for each \
                      floating argument, passed like it."
            .into(),
        Role::Forward => "The value together with the states that gradients need.".into(),
    }
}
