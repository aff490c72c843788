//! A kernel matrix: its type, and its products with vectors.

use super::call::field;
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
    let mut fields = String::new();
    let mut values = String::new();
    let mut passed = String::new();
    for argument in arguments {
        let field = field(&argument.name);
        fields += &format!("pub(super) {field}: {}, ", argument.field(real));
        values += &format!("{field}: {}, ", argument.field_value(real, &argument.name));
        passed += &format!("{field}: self.{field}, ");
    }
    let mut text = format!(
        "use ::keops::__private as __keops;
        /// The kernel matrix, of which nothing is stored: its products are lazy calls.
        #[derive(Clone, Copy, Debug)]
        #[must_use = \"a kernel matrix computes nothing until a product is `.run()`\"]
        pub struct {ty} {{ {fields} pub(super) options: __keops::Options, \
        pub(super) marker: ::core::marker::PhantomData<&'a {real}>, }}
        /// The transposed kernel matrix.
        #[derive(Clone, Copy, Debug)]
        #[must_use = \"a kernel matrix computes nothing until a product is `.run()`\"]
        pub struct {transposed} {{ matrix: {ty} }}
        impl<'a{parameter}> {ty} {{
        /// The transposed matrix.
        #[inline] pub fn t(self) -> {transposed} {{ Transposed {{ matrix: self }} }}
        /// Runs on this device.
        #[inline] pub fn on(mut self, device: __keops::Device) -> Self {{ \
        self.options.device = Some(device); self }} ",
        real = real.name(),
    );
    let row = vector.row(real);
    let (v, taken) = (&vector.name, format!("impl __keops::Rows<'a, {row}>"));
    let into = format!("__keops::Rows::<{row}>::into_view({v})");
    let argument = real.argument();
    for (method, _) in products {
        let doc = document(method);
        text += &format!(
            "#[doc = {doc:?}] #[inline] pub fn {method}(self, {v}: {taken}) -> {method}::Call<'a{argument}> {{ \
             {method}::Call {{ {passed} {v}: {into}, options: self.options }} }} "
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
        "{path}::Matrix {{ {values} options: __keops::Options::new(::core::cfg!(debug_assertions)), \
         marker: ::core::marker::PhantomData }}"
    );
    Contents { text, body }
}

fn document(method: &str) -> String {
    match method {
        "matvec" => "The product with a vector of one number for each `j`, a lazy call.".into(),
        _ => "The product of the transposed matrix with a vector of one number for each `i`, a lazy call.".into(),
    }
}
