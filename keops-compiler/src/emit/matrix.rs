//! A kernel matrix: its type, and its products with vectors.

use super::call::{Printer, turbofish};
use super::item::context;
use super::module::{self, Contents};
use super::types::Real;
use crate::calls::Calls;
use crate::check::Checked;
use crate::compile::Gpu;

/// What stands in the module of a kernel matrix.
pub(super) fn contents(
    name: &str,
    checked: &Checked,
    products: &[(&'static str, Calls)],
    gpu: &dyn Gpu,
    path: &str,
) -> Contents {
    let real = Real::of(&checked.real);
    let (parameter, ty) = (real.parameter(), format!("Matrix<'a{}>", real.argument()));
    let transposed = format!("Transposed<'a{}>", real.argument());
    // Every product takes the matrix's arguments and a vector.
    let (vector, arguments) = products[0]
        .1
        .arguments
        .split_last()
        .expect("a product takes a vector");
    let (first, calls) = &products[0];
    let first = format!("{name}_{first}");
    let printer = Printer::new(context(&first, checked, calls, gpu), calls);
    let (count, beside) = (arguments.len(), printer.beside(0, ""));
    let values: Vec<String> = arguments
        .iter()
        .map(|argument| argument.held_value(real, &argument.name))
        .collect();
    let passed: String = (0..count)
        .map(|k| format!("self.arguments[{k}], "))
        .collect();
    let mut text = format!(
        "use ::keops::__private as __keops;
        /// The kernel matrix, of which nothing is stored: its products are lazy calls.
        #[derive(Clone, Copy, Debug)]
        #[must_use = \"a kernel matrix computes nothing until a product is `.run()`\"]
        pub struct Matrix<'a{parameter}> {{ \
        pub(super) arguments: [__keops::Argument<'a, {real}>; {count}], \
        pub(super) beside: {}, pub(super) options: __keops::Options }}
        /// The transposed kernel matrix.
        #[derive(Clone, Copy, Debug)]
        #[must_use = \"a kernel matrix computes nothing until a product is `.run()`\"]
        pub struct Transposed<'a{parameter}> {{ matrix: {ty} }}
        impl<'a{parameter}> {ty} {{
        /// The transposed matrix.
        #[inline] pub fn t(self) -> {transposed} {{ Transposed {{ matrix: self }} }}
        /// Runs on this device.
        #[inline] pub fn on(mut self, device: __keops::Device) -> Self {{ \
        self.options.device = Some(device); self }} ",
        beside.ty,
        real = real.name(),
    );
    let row = vector.row(real);
    let (v, taken) = (&vector.name, format!("impl __keops::Rows<'a, {row}>"));
    let held = vector.held_value(real, v);
    let (argument, of) = (real.argument(), turbofish(real));
    for (method, _) in products {
        let doc = document(method);
        text += &format!(
            "#[doc = {doc:?}] #[inline] pub fn {method}(self, {v}: {taken}) -> {method}::Call<'a{argument}> {{ \
             {method}::Call(__keops::Lazy::new({method}::Call{of}::VALUE, [{passed}{held}], [], \
             self.beside, self.options)) }} "
        );
    }
    text += &format!(
        "}} impl<'a{parameter}> {transposed} {{
        /// The matrix itself.
        #[inline] pub fn t(self) -> {ty} {{ self.matrix }} "
    );
    for ((method, _), (adjoint, _)) in products.iter().zip(products.iter().rev()) {
        let doc = document(method);
        text += &format!(
            "#[doc = {doc:?}] #[inline] pub fn {method}(self, {v}: {taken}) -> {adjoint}::Call<'a{argument}> {{ \
             self.matrix.{adjoint}({v}) }} "
        );
    }
    text += "} ";
    for (method, calls) in products {
        let name = format!("{name}_{method}");
        let inner = module::contents(context(&name, checked, calls, gpu), calls, method);
        let doc = format!("The types of `{method}`.");
        text += &format!("#[doc = {doc:?}] pub mod {method} {{ {} }} ", inner.text);
    }
    let body = format!(
        "{path}::Matrix {{ arguments: [{}], beside: {}, \
         options: __keops::Options::new(::core::cfg!(debug_assertions)) }}",
        values.join(", "),
        beside.value,
    );
    Contents { text, body }
}

fn document(method: &str) -> String {
    match method {
        "matvec" => "The product with a vector of one number for each `j`, a lazy call.".into(),
        _ => "The product of the transposed matrix with a vector of one number for each `i`, a lazy call.".into(),
    }
}
