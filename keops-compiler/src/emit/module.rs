//! The module of a formula: the types of its calls.

use super::call::{Printer, turbofish};
use super::descriptor::Context;
use super::host::Kernels;
use super::types::tuple;
use crate::calls::{Calls, Role};

/// What stands in the module of a formula, as text.
pub(super) struct Contents {
    pub(super) text: String,
    /// From the arguments of the function to the value of its body.
    pub(super) body: String,
}

/// The types of the calls. `path` leads to them from where the function is.
pub(super) fn contents(context: Context<'_>, calls: &Calls, path: &str) -> Contents {
    let printer = Printer::new(context, calls);
    let mut kernels = Kernels::default();
    let mut text = String::from("use ::keops::__private as __keops; ");
    for number in 0..calls.list.len() {
        text += &printer.call(number, &mut kernels);
    }
    text += &gradients(&printer);
    text += &kernels.module();
    let (real, beside) = (printer.context.real, printer.beside(0, "").value);
    let arguments: Vec<String> = calls
        .arguments
        .iter()
        .map(|argument| argument.held_value(real, &argument.name))
        .collect();
    let body = format!(
        "{path}::Call(__keops::Lazy::new({path}::Call{}::VALUE, [{}], [], {beside}, \
         __keops::Options::new(::core::cfg!(debug_assertions))))",
        turbofish(real),
        arguments.join(", "),
    );
    Contents { text, body }
}

/// What `vjp` gives.
fn gradients(printer: &Printer<'_>) -> String {
    let Some(vjp) = printer
        .calls
        .list
        .iter()
        .find(|call| call.role == Role::Vjp)
    else {
        return String::new();
    };
    let (real, of_real) = (printer.context.real, printer.of_real());
    let mut fields = String::new();
    for result in &vjp.results {
        let doc = format!("By `{}`.", result.name);
        fields += &format!(
            "#[doc = {doc:?}] pub {}: {}, ",
            result.name,
            result.value(real)
        );
    }
    let names: Vec<String> = vjp
        .results
        .iter()
        .map(|result| result.name.clone())
        .collect();
    let values: Vec<String> = vjp
        .results
        .iter()
        .map(|result| result.value(real))
        .collect();
    let (generic, values) = (real.parameter().trim_start_matches(", "), tuple(&values));
    format!(
        "/// The gradients by all floating arguments.
        #[derive(Clone, Debug, PartialEq)] pub struct Gradients{of_real} {{ {fields} }} \
        impl<{generic}> ::core::convert::From<{values}> for Gradients{of_real} {{ \
        #[inline] fn from({}: {values}) -> Self {{ Gradients {{ {} }} }} }} ",
        tuple(&names),
        names.join(", "),
    )
}
