//! One lazy call: its type, and what is particular to it.

use keops_program::schedule::Schedule;

use super::descriptor::Context;
use super::host::Kernels;
use super::types::{Held, Real, camel, tuple};
use crate::calls::{Call, Calls, Datum, Role};

/// Field names that arguments may not take.
const FIELDS: [&str; 2] = ["options", "marker"];

/// The field of an argument of the value.
pub(super) fn field(name: &str) -> String {
    if FIELDS.contains(&name) {
        format!("{name}_")
    } else {
        name.into()
    }
}

/// The field of what a derivative is given.
fn given_field(call: &Call, datum: &Datum) -> String {
    match call.role {
        Role::Value => field(&datum.name),
        Role::Jvp => format!("tangent_{}", datum.name),
        Role::Gradient | Role::Vjp | Role::Forward => datum.name.clone(),
    }
}

/// The calls of a formula, with the names of their types.
pub(super) struct Printer<'c> {
    pub(super) context: Context<'c>,
    pub(super) calls: &'c Calls,
    /// The name of each call's type.
    pub(super) types: Vec<String>,
}

impl<'c> Printer<'c> {
    pub(super) fn new(context: Context<'c>, calls: &'c Calls) -> Printer<'c> {
        // Of these, other names are generated.
        let mut types: Vec<String> = vec!["Gradients".into(), "Forward".into()];
        for call in &calls.list {
            let of = call
                .of
                .filter(|&of| of > 0)
                .map_or("", |of| types[of + 2].as_str());
            let mut name = match call.role {
                Role::Value => "Call".into(),
                Role::Forward => "Forward".into(),
                _ => format!("{of}{}", camel(&call.method)),
            };
            while call.role != Role::Forward && types.contains(&name) {
                name.push('_');
            }
            types.push(name);
        }
        types.drain(..2);
        Printer {
            context,
            calls,
            types,
        }
    }

    fn real(&self) -> Real {
        self.context.real
    }

    /// The forward call, if gradients use what it keeps.
    fn keeps(&self) -> Option<usize> {
        let is = |call: &Call| {
            call.role == Role::Forward && call.schedule.passes.iter().any(|pass| pass.forward)
        };
        self.calls.list.iter().position(is)
    }

    /// Whether a call can go on from what a `Forward` keeps.
    fn continues(&self, call: &Call) -> bool {
        let derives = matches!(call.role, Role::Gradient | Role::Vjp) && call.of == Some(0);
        derives && self.keeps().is_some()
    }

    /// `GradX<'a, T>`
    fn ty(&self, number: usize) -> String {
        format!("{}<'a{}>", self.types[number], self.real().argument())
    }

    /// The type of a call, its descriptor and its methods.
    pub(super) fn call<'p>(&self, number: usize, kernels: &mut Kernels<'p>) -> String
    where
        'c: 'p,
    {
        let call: &'c Call = &self.calls.list[number];
        self.declaration(number, call)
            + &self.own(number, call, kernels)
            + &self.methods(number, call)
    }

    fn declaration(&self, number: usize, call: &Call) -> String {
        let real = self.real();
        let (doc, traits) = match call.role {
            Role::Value => (
                "The formula's value, a lazy call.".to_string(),
                "Clone, Copy, Debug",
            ),
            Role::Forward => {
                let doc = "The formula's value with the states that its gradients need, a lazy call. \
                           What is run first computes them; nothing that is run later does.";
                (doc.to_string(), "Clone, Debug")
            }
            _ => (
                format!("What `{}` gives, a lazy call.", call.method),
                "Clone, Copy, Debug",
            ),
        };
        let mut fields = String::new();
        if let Some(of) = call.of {
            fields += &format!("call: {}, ", self.ty(of));
        } else {
            for argument in &self.calls.arguments {
                let ty = argument.field(real);
                fields += &format!("pub(super) {}: {ty}, ", field(&argument.name));
            }
            fields += "pub(super) options: __keops::Options, ";
            fields += &self.marker();
        }
        for datum in &call.given {
            fields += &format!("{}: {}, ", given_field(call, datum), datum.field(real));
        }
        if self.keeps() == Some(number) {
            fields += &format!("kept: __keops::Kept<{}>, ", real.name());
        }
        if self.continues(call) {
            fields += &format!("forward: Option<&'a Forward<'a{}>>, ", real.argument());
        }
        format!(
            "#[doc = {doc:?}] #[derive({traits})] \
             #[must_use = \"a formula computes nothing until `.run()`\"] \
             pub struct {} {{ {fields} }} ",
            self.ty(number)
        )
    }

    /// A field for parameters of the type that no argument mentions.
    fn marker(&self) -> String {
        let real = self.real();
        let mentions =
            |datum: &Datum| datum.held() != Held::Value && datum.scalar(real) == real.name();
        if self.calls.arguments.iter().any(mentions) {
            return String::new();
        }
        format!(
            "pub(super) marker: ::core::marker::PhantomData<&'a {}>, ",
            real.name()
        )
    }

    /// What the field `marker` is initialised with.
    pub(super) fn marked(&self) -> &'static str {
        if self.marker().is_empty() {
            ""
        } else {
            "marker: ::core::marker::PhantomData, "
        }
    }

    /// How the arguments of a call are reached, in order.
    fn arguments(&self, number: usize, path: &str) -> Vec<String> {
        let call = &self.calls.list[number];
        let mut list = match call.of {
            None => {
                let all = self.calls.arguments.iter();
                all.map(|a| a.argument(&format!("{path}.{}", field(&a.name))))
                    .collect()
            }
            Some(of) => self.arguments(of, &format!("{path}.call")),
        };
        let given = call.given.iter();
        list.extend(given.map(|d| d.argument(&format!("{path}.{}", given_field(call, d)))));
        list
    }

    /// The path of fields to the options.
    fn options(&self, number: usize) -> String {
        match self.calls.list[number].of {
            None => "options".into(),
            Some(of) => format!("call.{}", self.options(of)),
        }
    }

    /// What the methods of all lazy calls are made of.
    fn own<'p>(&self, number: usize, call: &'p Call, kernels: &mut Kernels<'p>) -> String {
        let (real, ty) = (self.real(), self.ty(number));
        let what = self.calls.what(number);
        let mut constants = self
            .context
            .constant("DESCRIPTOR", &what, &call.schedule, kernels);
        let mut after = "DESCRIPTOR";
        if let Some(schedule) = &call.after {
            let what = format!("{what}_after");
            constants += &self.context.constant("AFTER", &what, schedule, kernels);
            after = "AFTER";
        }
        let options = self.options(number);
        let list = self.arguments(number, "self").join(", ");
        let ready = |descriptor: &str| {
            format!("__keops::Ready::new(Self::{descriptor}, &[{list}], &self.{options})")
        };
        let ready = if self.continues(call) {
            format!(
                "match self.forward {{ \
                 None => {}, Some(forward) => Ok({}?.after(forward)), }}",
                ready("DESCRIPTOR"),
                ready(after)
            )
        } else if self.keeps() == Some(number) {
            format!("Ok({}?.keep(&self.kept))", ready("DESCRIPTOR"))
        } else {
            ready("DESCRIPTOR")
        };
        let parameter = real.parameter();
        let lifetime = self.lifetime(number);
        let results: Vec<String> = call.results.iter().map(|r| r.result(real)).collect();
        let values: Vec<String> = call.results.iter().map(|r| r.value(real)).collect();
        let memory: Vec<String> = call.results.iter().map(|r| r.memory(real)).collect();
        let run = match call.role {
            Role::Vjp => format!("Gradients{}", self.of_real()),
            _ => tuple(&values),
        };
        format!(
            "impl<'a{parameter}> {ty} {{ {constants} \
             fn ready(&self) -> __keops::Result<__keops::Ready<{lifetime}, {name}>> {{ {ready} }} }} \
             ::keops::__private::lazy! {{ impl('a{parameter}) {ty} {{ \
             real: {name}; options: {options}; results: {}; run: {run}; run_into: {}; }} }} ",
            tuple(&results),
            tuple(&memory),
            name = real.name(),
        )
    }

    /// How long what is made of a call lives: as its arguments, unless they lie in the call itself.
    fn lifetime(&self, number: usize) -> &'static str {
        let call = &self.calls.list[number];
        let given = call.of.map_or(&[][..], |of| &self.calls.list[of].given);
        let all = self.calls.arguments.iter().chain(given).chain(&call.given);
        let borrows = all.map(Datum::held).any(|held| held == Held::Value);
        if borrows || self.keeps() == Some(number) {
            "'_"
        } else {
            "'a"
        }
    }

    /// `<T>`, or nothing.
    pub(super) fn of_real(&self) -> &'static str {
        match self.real() {
            Real::Generic => "<T>",
            Real::Single | Real::Double => "",
        }
    }

    /// The methods that make other calls of this one.
    fn methods(&self, number: usize, call: &Call) -> String {
        let list = self.calls.list.iter().enumerate();
        let made: Vec<usize> = list
            .filter(|(_, made)| made.of == Some(number))
            .map(|(made, _)| made)
            .collect();
        let mut text = String::new();
        for made in made {
            text += &self.method(made, "self", "call: self");
        }
        if call.role == Role::Value {
            text += &self.partial(number, call);
        }
        let parameter = self.real().parameter();
        let mut text = format!("impl<'a{parameter}> {} {{ {text} }} ", self.ty(number));
        if call.role == Role::Forward {
            text += &self.of_forward(number);
        }
        text
    }

    fn method(&self, made: usize, receiver: &str, of: &str) -> String {
        let real = self.real();
        let call = &self.calls.list[made];
        let (mut parameters, mut fields) = (String::new(), of.to_string());
        let several = call.role != Role::Jvp && call.given.len() > 1;
        for (k, datum) in call.given.iter().enumerate() {
            let value = if several {
                format!("e.{k}")
            } else {
                datum.name.clone()
            };
            if !several {
                parameters += &format!(", {}: {}", datum.name, datum.parameter(real));
            }
            let value = datum.field_value(real, &value);
            fields += &format!(", {}: {value}", given_field(call, datum));
        }
        if several {
            let types: Vec<String> = call.given.iter().map(|d| d.parameter(real)).collect();
            parameters = format!(", e: ({})", types.join(", "));
        }
        if self.keeps() == Some(made) {
            fields += ", kept: __keops::Kept::new()";
        }
        if self.continues(call) {
            let forward = if receiver == "self" {
                "None"
            } else {
                "Some(self)"
            };
            fields += &format!(", forward: {forward}");
        }
        let lifetime = if receiver == "self" { "" } else { "<'a>" };
        let many = if !several && call.given.len() > 6 {
            "#[allow(clippy::too_many_arguments)] "
        } else {
            ""
        };
        format!(
            "#[doc = {:?}] {many}#[inline] pub fn {}{lifetime}({receiver}{parameters}) -> {} {{ {} {{ {fields} }} }} ",
            self.document(call),
            call.method,
            self.ty(made),
            self.types[made],
        )
    }

    fn document(&self, call: &Call) -> String {
        let names: Vec<String> = call.given.iter().map(|d| format!("`{}`", d.name)).collect();
        let cotangent = if names.len() == 1 {
            format!("the cotangent {}: rows like the result's", names[0])
        } else {
            "the cotangents, a tuple of rows like the floating results'".to_string()
        };
        match call.role {
            Role::Value => String::new(),
            Role::Gradient if call.of == Some(0) => format!(
                "The gradient by `{}` of the sum of the result weighted by {cotangent}.",
                call.method.trim_start_matches("grad_")
            ),
            Role::Gradient => format!(
                "The gradient by `{}` of the sum of this gradient weighted by {cotangent}.",
                call.method.trim_start_matches("grad_")
            ),
            Role::Vjp => format!("The gradients by all arguments, given {cotangent}."),
            Role::Jvp => {
                "How the result changes with the arguments: forward mode. A tangent for each \
                          floating argument, passed like it."
                    .into()
            }
            Role::Forward => "The value together with the states that gradients need.".into(),
        }
    }

    /// The gradients of a `Forward`, which go on from what it keeps.
    fn of_forward(&self, number: usize) -> String {
        let (real, keeps) = (self.real(), self.keeps() == Some(number));
        let list = self.calls.list.iter().enumerate();
        let derived = list.filter(|(_, call)| {
            matches!(call.role, Role::Gradient | Role::Vjp) && call.of == Some(0)
        });
        let methods: String = derived
            .map(|(made, _)| self.method(made, "&'a self", "call: self.call"))
            .collect();
        let name = format!("Forward<'f{}>", real.argument());
        let parameter = real.parameter();
        let mut text = format!("impl<'f{parameter}> {name} {{ {methods} }} ");
        if keeps {
            let real = real.name();
            text += &format!(
                "impl<'f{parameter}> __keops::Keeper<{real}> for {name} {{ \
                 fn saved(&self) -> __keops::Result<&__keops::Saved<{real}>> {{ \
                 self.kept.get(|| self.run().map(|_| ())) }} }} "
            );
        }
        text
    }

    /// The state of a part of the columns.
    fn partial(&self, number: usize, call: &Call) -> String {
        if !is_one_pass(&call.schedule) {
            return String::new();
        }
        let real = self.real();
        let results: Vec<String> = call.results.iter().map(|r| r.result(real)).collect();
        format!(
            "/// The state after the columns of this call alone, the first of which has the number
            /// `first` among all: to be merged with those of other parts.
            ///
            /// # Errors
            ///
            /// As of `run`, and that a column has too large a number.
            #[inline]
            pub fn partial(&self, first: usize) -> __keops::Result<__keops::State<{}, {}, {}>> {{ \
            __keops::partial(self.ready()?, first) }} ",
            self.lifetime(number),
            real.name(),
            tuple(&results),
        )
    }
}

/// Whether the pairs are gone over once.
fn is_one_pass(schedule: &Schedule) -> bool {
    use keops_program::schedule::Kind;
    let pairs = |kind: &Kind| *kind != Kind::Map;
    schedule
        .passes
        .iter()
        .filter(|pass| pairs(&pass.kind))
        .count()
        == 1
}
