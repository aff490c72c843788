//! A program that runs kernels on the CPU.

use std::fmt::Write;

use super::{memory_type, source};
use crate::kernel::{Kernel, ParamKind};
use crate::prelude;

/// A program that runs the kernels on the CPU, a thread for each thread of the GPU.
///
/// Its arguments are a kernel's name and the number of blocks. On its standard input it takes, for
/// each parameter in order, the contents of the buffer as a u64 number of bytes and the bytes, or the
/// u32 itself, all little-endian; on its standard output it gives the outputs' bytes, in order.
pub fn host_program(kernels: &[Kernel]) -> String {
    let mut text = [prelude::HOST, &source(kernels).replace("#[kernel]\n", "")].concat();
    text.push_str(HOST_MAIN);
    for kernel in kernels {
        let _ = writeln!(text, "        \"{}\" => {{", kernel.name);
        let (mut arguments, mut outputs) = (Vec::new(), Vec::new());
        for (k, param) in kernel.params.iter().enumerate() {
            let (read, argument) = match param.kind {
                ParamKind::Input(ty) => (
                    "buffer()",
                    format!("address(&a{k}) as *const {}", memory_type(kernel, ty)),
                ),
                ParamKind::Output(ty) => {
                    outputs.push(k);
                    (
                        "buffer()",
                        format!("address(&a{k}) as *mut {}", memory_type(kernel, ty)),
                    )
                }
                ParamKind::Number => ("number()", format!("a{k}")),
            };
            let _ = writeln!(text, "            let a{k} = {read};");
            arguments.push(argument);
        }
        let (threads, shared, name) = (kernel.threads, kernel.shared, &kernel.name);
        let arguments = arguments.join(", ");
        let _ = writeln!(
            text,
            "            dev::launch(blocks, {threads}, {shared}, || unsafe {{ {name}({arguments}) }});"
        );
        for k in outputs {
            let _ = writeln!(text, "            give(&a{k});");
        }
        text.push_str("        }\n");
    }
    text.push_str("        _ => panic!(\"no such kernel\"),\n    }\n}\n");
    text
}

const HOST_MAIN: &str = r#"
fn number() -> u32 {
    let mut bytes = [0; 4];
    std::io::Read::read_exact(&mut std::io::stdin(), &mut bytes).expect("a number");
    u32::from_le_bytes(bytes)
}

/// A buffer, aligned to 16 bytes: its words and its size in bytes.
fn buffer() -> Vec<u128> {
    let mut bytes = [0; 8];
    std::io::Read::read_exact(&mut std::io::stdin(), &mut bytes).expect("a size");
    let mut bytes = vec![0; u64::from_le_bytes(bytes) as usize];
    std::io::Read::read_exact(&mut std::io::stdin(), &mut bytes).expect("a buffer");
    let word = |bytes: &[u8]| {
        let mut word = [0; 16];
        word[..bytes.len()].copy_from_slice(bytes);
        u128::from_le_bytes(word)
    };
    bytes.chunks(16).map(word).collect()
}

/// The address of a buffer; that of an empty one is 0.
fn address(words: &[u128]) -> u64 {
    if words.is_empty() { 0 } else { words.as_ptr() as u64 }
}

fn give(words: &[u128]) {
    for word in words {
        std::io::Write::write_all(&mut std::io::stdout(), &word.to_le_bytes()).expect("written");
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let kernel = arguments.next().expect("a kernel");
    let blocks: u32 = arguments.next().and_then(|n| n.parse().ok()).expect("a number of blocks");
    match kernel.as_str() {
"#;
