//! A kernel matrix: its type, and the types of what is computed with it.
//!
//! The runtime has a type for each; what is printed gives names to gradients, and lists descriptors:
//!
//! ```text
//! pub struct Matrix<'a, T: Real>(pub(super) KernelMatrix<'a, T, 3>);
//! impl<'a, T: Real> Matrix<'a, T> {
//!     pub(super) const PARTS: &'static Parts<T> = …;
//!     pub fn matvec(self, v: impl Rows<'a, T>) -> matvec::Call<'a, T> { … }
//!     pub fn matmul<V: Columns<'a, T>>(self, v: V) -> Matmul<'a, T, V::Output> { … }
//!     …
//! }
//! pub struct Matmul<'a, T: Real, O>(lazy::Matmul<'a, T, O, 3>);
//! impl<'a, T: Real, O: Block<T>> Matmul<'a, T, O> {
//!     pub fn grad_x(&self, e: impl Columns<'a, T>) -> Gradient<'a, T, …, Vec<[T; 3]>> { … }
//!     …
//! }
//! ```

use super::call::{Printer, turbofish};
use super::host::Kernels;
use super::item::context;
use super::module::{self, Contents};
use super::types::{Real, tuple};
use crate::calls::matrix::Matrix;
use crate::calls::{Datum, Role};
use crate::check::Checked;
use crate::compile::Gpu;

/// What stands in the module of a kernel matrix.
pub(super) fn contents(
    name: &str,
    checked: &Checked,
    matrix: &Matrix,
    gpu: &dyn Gpu,
    path: &str,
) -> Contents {
    let calls = &matrix.products[0].1;
    let whole = Printer::new(context(name, checked, &calls.text, gpu), calls);
    let beside = whole.beside(0, "");
    let printer = Matrices {
        real: Real::of(&checked.real),
        matrix,
        beside: &beside.ty,
    };
    let mut kernels = Kernels::default();
    let mut text = String::from("use ::keops::__private as __keops; ");
    let constants = printer.constants(name, checked, gpu, &mut kernels);
    text += &printer.matrix(&constants);
    text += &printer.transposed();
    text += &printer.computed(&MATMUL, &matrix.vector().name);
    text += &printer.computed(&SOLVE, "b");
    text += &kernels.module();
    for (method, calls) in &matrix.products {
        let name = format!("{name}_{method}");
        let inner = module::contents(context(&name, checked, &calls.text, gpu), calls, method);
        let doc = format!("The types of `{method}`.");
        text += &format!("#[doc = {doc:?}] pub mod {method} {{ {} }} ", inner.text);
    }
    let values: Vec<String> = matrix
        .arguments()
        .iter()
        .map(|argument| argument.held_value(printer.real, &argument.name))
        .collect();
    let body = format!(
        "{path}::Matrix(__keops::KernelMatrix::new({path}::Matrix{}::PARTS, [{}], {}, \
         __keops::Options::new(::core::cfg!(debug_assertions))))",
        turbofish(printer.real),
        values.join(", "),
        beside.value,
    );
    Contents { text, body }
}

/// Something that is computed with many vectors at once.
struct Computed {
    /// Its type, here and in the runtime.
    ty: &'static str,
    /// What it is.
    doc: &'static str,
    /// The macro that makes its type as good as the runtime's.
    derive: &'static str,
    /// The struct with its gradients.
    gradients: &'static str,
    /// What that holds.
    about: &'static str,
    /// Whether there is a gradient by the ridge.
    ridge: bool,
}

const MATMUL: Computed = Computed {
    ty: "Matmul",
    doc: "The product with several vectors at once, a lazy call.",
    derive: "matmul",
    gradients: "MatmulGradients",
    about: "The gradients of a product by all floating arguments, and by the vectors.",
    ridge: false,
};

const SOLVE: Computed = Computed {
    ty: "Solve",
    doc: "The solution of a linear system, a lazy call.",
    derive: "solve",
    gradients: "SolveGradients",
    about: "The gradients of a solution by all floating arguments, by the right-hand side and by the ridge.",
    ridge: true,
};

/// Prints the types of a kernel matrix.
struct Matrices<'c> {
    real: Real,
    matrix: &'c Matrix,
    /// The type of what a call holds beside its arguments.
    beside: &'c str,
}

impl Matrices<'_> {
    /// `__keops::KernelMatrix<'a, T, 3, ()>`
    fn runtime(&self, ty: &str, output: &str) -> String {
        let (real, count) = (self.real.name(), self.matrix.arguments().len());
        format!(
            "__keops::{ty}<'a, {real}, {output}{count}, {}>",
            self.beside
        )
    }

    /// The arguments that have gradients.
    fn floating(&self) -> impl Iterator<Item = &Datum> {
        let arguments = self.matrix.arguments().iter();
        arguments.filter(|argument| argument.kind.is_floating())
    }

    /// The descriptors: of slabs and of the diagonal in constants, and the list of all.
    fn constants<'p>(
        &'p self,
        name: &str,
        checked: &Checked,
        gpu: &dyn Gpu,
        kernels: &mut Kernels<'p>,
    ) -> String {
        let real = self.real.name();
        let context = context(name, checked, &self.matrix.text, gpu);
        let mut text = String::new();
        for (what, schedule) in self.matrix.schedules() {
            text += &context.constant(&what.to_uppercase(), &what, schedule, kernels);
        }
        let products: Vec<String> = (self.matrix.products.iter())
            .map(|(method, _)| format!("{method}::Call{}::VALUE", turbofish(self.real)))
            .collect();
        let gradients: Vec<String> = self.single_gradients();
        let mut slabs = vec![slab(1, &products, &gradients)];
        for columns in &self.matrix.slabs {
            let width = columns.width;
            let products: Vec<String> = ["MATMUL", "RMATMUL"]
                .map(|what| format!("Self::{what}{width}"))
                .into();
            let gradients: Vec<String> = (columns.gradients.iter())
                .map(|(name, _)| format!("Self::MATMUL{width}_GRAD_{}", name.to_uppercase()))
                .collect();
            slabs.push(slab(width, &products, &gradients));
        }
        let floating: Vec<String> = self.floating().map(|d| format!("{:?}", d.name)).collect();
        text += &format!(
            "pub(super) const PARTS: &'static __keops::Parts<{real}> = &__keops::Parts {{ \
             slabs: &[{}], diagonal: Self::DIAGONAL, floating: &[{}] }}; ",
            slabs.join(", "),
            floating.join(", "),
        );
        text
    }

    /// The descriptors of the gradients of `matvec` by the matrix's arguments.
    fn single_gradients(&self) -> Vec<String> {
        let calls = &self.matrix.products[0].1;
        let first = calls.list.iter().enumerate();
        first
            .filter(|(_, call)| call.role == Role::Gradient && call.of == Some(0))
            .take(self.floating().count())
            .map(|(number, _)| {
                let constant = calls.what(number).to_uppercase();
                format!("matvec::Call{}::{constant}", turbofish(self.real))
            })
            .collect()
    }

    /// The type of the matrix and its methods.
    fn matrix(&self, constants: &str) -> String {
        let own = format!("Matrix<'a{}>", self.real.argument());
        let methods = self.methods(["matvec", "rmatvec"]);
        let t = format!(
            "/// The transposed matrix.
            #[inline] pub fn t(self) -> Transposed<'a{}> {{ Transposed(self.0.transpose()) }} ",
            self.real.argument()
        );
        self.declare(
            "Matrix",
            "The kernel matrix, of which nothing is stored: what it gives are lazy calls.",
            &own,
            &format!("{constants} {t} {methods}"),
        )
    }

    /// The type of the transposed matrix and its methods.
    fn transposed(&self) -> String {
        let own = format!("Transposed<'a{}>", self.real.argument());
        let methods = self.methods(["rmatvec", "matvec"]);
        let t = format!(
            "/// The matrix itself.
            #[inline] pub fn t(self) -> Matrix<'a{}> {{ Matrix(self.0.transpose()) }} ",
            self.real.argument()
        );
        let doc = "The transposed kernel matrix: what it gives are lazy calls.";
        self.declare("Transposed", doc, &own, &format!("{t} {methods}"))
    }

    fn declare(&self, name: &str, doc: &str, own: &str, methods: &str) -> String {
        let (parameter, real) = (self.real.parameter(), self.real.name());
        let runtime = self.runtime("KernelMatrix", "");
        format!(
            "#[doc = {doc:?}] #[derive(Clone, Copy, Debug)] \
             #[must_use = \"a kernel matrix computes nothing until what it gives is `.run()`\"] \
             pub struct {name}<'a{parameter}>(pub(super) {runtime}); \
             impl<'a{parameter}> {own} {{ {methods} }} \
             ::keops::__private::matrix! {{ impl('a{parameter}) {own} = {runtime}, {real} }} "
        )
    }

    /// The products and the solution; `products` has what `matvec` and `rmatvec` are here.
    fn methods(&self, products: [&str; 2]) -> String {
        let (vector, real) = (self.matrix.vector(), self.real);
        let (v, row, argument) = (&vector.name, vector.row(real), real.argument());
        let held = vector.held_value(real, v);
        let passed: String = (0..self.matrix.arguments().len())
            .map(|k| format!("arguments[{k}], "))
            .collect();
        let mut text = String::new();
        let single = [
            ("matvec", "The product with a vector, a lazy call."),
            (
                "rmatvec",
                "The product of the transposed matrix with a vector, a lazy call.",
            ),
        ];
        for ((method, doc), product) in single.into_iter().zip(products) {
            text += &format!(
                "#[doc = {doc:?}] #[inline] pub fn {method}(self, {v}: impl __keops::Rows<'a, {row}>) \
                 -> {product}::Call<'a{argument}> {{ let arguments = self.0.arguments(); \
                 {product}::Call(self.0.product({product}::Call{}::VALUE, [{passed}{held}])) }} ",
                turbofish(real)
            );
        }
        let real = real.name();
        text += &format!(
            "/// The product with several vectors at once, a lazy call: rows of any width, also of one known
            /// at run time only.
            #[inline] pub fn matmul<V: __keops::Columns<'a, {real}>>(self, {v}: V) \
            -> Matmul<'a{argument}, V::Output> {{ Matmul(self.0.matmul({v})) }}
            /// The solution `a` of `(K + ridge · 1) a = b` for one or several right-hand sides, by
            /// conjugate gradients, a lazy call. The matrix must be symmetric and positive definite.
            #[inline] pub fn solve<B: __keops::Columns<'a, {real}>>(self, b: B) \
            -> Solve<'a{argument}, B::Output> {{ Solve(self.0.solve(b)) }} "
        );
        text
    }

    /// The type of something that is computed, its gradients and the struct of all of them; `given`
    /// names what it is computed of.
    fn computed(&self, computed: &Computed, given: &str) -> String {
        let Computed {
            ty, doc, derive, ..
        } = computed;
        let (real, parameter, argument) = (
            self.real.name(),
            self.real.parameter(),
            self.real.argument(),
        );
        let own = format!("{ty}<'a{argument}, O>");
        let runtime = self.runtime(ty, "O, ");
        let mut methods = String::new();
        for (number, datum) in self.floating().enumerate() {
            let (name, result) = (&datum.name, datum.result(self.real));
            let doc = format!(
                "The gradient by `{name}` of the sum of the result weighted by `e`: rows like the result's."
            );
            methods += &format!(
                "#[doc = {doc:?}] #[inline] pub fn grad_{name}(&self, e: impl __keops::Columns<'a, {real}>) \
                 -> __keops::Gradient<'a, {real}, {runtime}, {result}> {{ self.0.gradient({number}, e) }} "
            );
        }
        methods += &format!(
            "/// The gradient by `{given}` of the sum of the result weighted by `e`: rows like the result's.
            #[inline] pub fn grad_{given}(&self, e: impl __keops::Columns<'a, {real}>) \
            -> __keops::Adjoint<'a, {real}, {runtime}> {{ self.0.adjoint(e) }} "
        );
        if computed.ridge {
            let ridge = &self.matrix.ridge;
            methods += &format!(
                "/// The gradient by the ridge of the sum of the result weighted by `e`: one number.
                #[inline] pub fn grad_{ridge}(&self, e: impl __keops::Columns<'a, {real}>) \
                -> __keops::ByRidge<'a, {real}, {runtime}> {{ self.0.by_ridge(e) }} "
            );
        }
        let mut all = String::new();
        // Of a matrix of labels, what it is multiplied with is all that has a gradient.
        if self.floating().next().is_some() {
            let made = self.gradients(computed, given);
            methods += &format!(
                "/// The gradients by all arguments, given the cotangent `e`: rows like the result's.
                #[inline] pub fn vjp(&self, e: impl __keops::Columns<'a, {real}>) \
                -> __keops::Gradients<'a, {real}, {runtime}, {}, {}> {{ self.0.gradients(e) }} ",
                made.results, made.ty,
            );
            all = made.text;
        }
        format!(
            "#[doc = {doc:?}] #[derive(Clone, Debug)] \
             #[must_use = \"a lazy call computes nothing until `.run()`\"] \
             pub struct {ty}<'a{parameter}, O>({runtime}); \
             impl<'a{parameter}, O: __keops::Block<{real}>> {own} {{ {methods} }} \
             ::keops::__private::{derive}! {{ impl('a{parameter}, O) {own} = {runtime}, {real} }} {all}"
        )
    }

    /// The struct of all gradients.
    fn gradients(&self, computed: &Computed, given: &str) -> Made {
        let Computed {
            gradients, about, ..
        } = computed;
        let real = self.real;
        let of =
            |part: &dyn Fn(&Datum) -> String| tuple(&self.floating().map(part).collect::<Vec<_>>());
        let (values, pattern) = (of(&|d| d.value(real)), of(&|d| d.name.clone()));
        let (mut fields, mut list) = (String::new(), String::new());
        for datum in self.floating() {
            let (name, value) = (&datum.name, datum.value(real));
            let doc = format!("By `{name}`.");
            fields += &format!("#[doc = {doc:?}] pub {name}: {value}, ");
            list += &format!("{name}, ");
        }
        let (generic, own) = match real {
            Real::Generic => ("T: __keops::Real, O", "T, O"),
            Real::Single | Real::Double => ("O", "O"),
        };
        let ty = format!("{gradients}<{own}>");
        let doc = format!("By `{given}`.");
        let (mut also, mut made) = (String::from("O"), given.to_string());
        fields += &format!("#[doc = {doc:?}] pub {given}: O, ");
        list += &format!("{given}, ");
        if computed.ridge {
            let (ridge, real) = (&self.matrix.ridge, real.name());
            fields += &format!("/// By the ridge.\n pub {ridge}: {real}, ");
            list += &format!("{ridge}, ");
            (also, made) = (format!("(O, {real})"), format!("({given}, {ridge})"));
        }
        let text = format!(
            "#[doc = {about:?}] #[derive(Clone, Debug, PartialEq)] \
             pub struct {gradients}<{generic}> {{ {fields} }} \
             impl<{generic}> ::core::convert::From<({values}, {also})> for {ty} {{ \
             #[inline] fn from(({pattern}, {made}): ({values}, {also})) -> Self {{ \
             {gradients} {{ {list} }} }} }} "
        );
        let results = of(&|d| d.result(real));
        Made { ty, results, text }
    }
}

/// The struct of all gradients: its type, what the runtime computes for it, and its text.
struct Made {
    ty: String,
    results: String,
    text: String,
}

/// The descriptors of a slab.
fn slab(width: u32, products: &[String], gradients: &[String]) -> String {
    format!(
        "__keops::Slab {{ width: {width}, products: [{}], gradients: &[{}] }}",
        products.join(", "),
        gradients.join(", "),
    )
}
