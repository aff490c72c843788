//! Builds the kernels' Rust source to PTX, with the rustc that everybody has.
//!
//! Every rustc of rustup has the nvptx64 back end; what it lacks is a `core` for it, which
//! [`prelude::NO_CORE`](crate::prelude::NO_CORE) replaces. That needs features which a stable rustc
//! only has with `RUSTC_BOOTSTRAP=1`, set for the child alone. Where anything fails there is an error
//! with a reason, and the caller takes the [printed PTX](crate::ptx) instead.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::kernel::Kernel;
use crate::rust;

/// The PTX of these kernels, built by rustc from their Rust source: the same entries with the same
/// parameters as [`ptx::module`](crate::ptx::module) prints.
///
/// # Errors
///
/// In words, why there is none: no rustc was found, it has no nvptx64 back end, it rejected the
/// source, or what it made is not what the kernels need.
pub fn module(kernels: &[Kernel]) -> Result<String, String> {
    complete(&build(&rust::nvptx_crate(kernels))?, kernels)
}

/// The same for several modules, with one run of rustc.
///
/// # Errors
///
/// As of [`module`].
pub fn modules(groups: &[Vec<Kernel>]) -> Result<Vec<String>, String> {
    let all = groups.concat();
    let text = build(&rust::nvptx_crate(&all))?;
    groups
        .iter()
        .map(|kernels| complete(&part(&text, kernels), kernels))
        .collect()
}

/// What of a module belongs to these kernels: their entries and tiles, and the head.
fn part(text: &str, kernels: &[Kernel]) -> String {
    let is_own = |name: &str| kernels.iter().any(|kernel| kernel.name == name);
    let (mut result, mut inside, mut own) = (String::new(), false, true);
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix(".visible .entry ") {
            inside = true;
            own = is_own(rest.split('(').next().unwrap_or_default());
        } else if !inside {
            own = match line.strip_prefix(".shared ") {
                Some(rest) => rest
                    .rsplit_once("_tile[")
                    .and_then(|(left, _)| left.rsplit(' ').next())
                    .is_some_and(is_own),
                None => !line.contains("// .globl"),
            };
        }
        if own {
            result.push_str(line);
            result.push('\n');
        }
        if line == "}" {
            inside = false;
        }
    }
    result
}

/// The PTX of a crate's source, as rustc makes it; from the cache if it was made before.
///
/// # Errors
///
/// In words, why there is none.
pub fn build(source: &str) -> Result<String, String> {
    let compiler = compiler().as_ref().map_err(Clone::clone)?;
    let key = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, source, &compiler.version, &compiler.arguments).hash(&mut hasher);
        hasher.finish()
    };
    let directory = cache();
    let file = directory.join(format!("{:016x}{:016x}.ptx", key(0), key(1)));
    if let Ok(text) = fs::read_to_string(&file) {
        return Ok(text);
    }
    let text = compiler.run(source)?;
    // A cache that cannot be written is no error. The rename is atomic: nobody reads half a file.
    let partial = directory.join(format!("{:016x}-{}.part", key(2), std::process::id()));
    let written = fs::create_dir_all(&directory).and_then(|()| fs::write(&partial, &text));
    if written.is_err() || fs::rename(&partial, &file).is_err() {
        let _ = fs::remove_file(&partial);
    }
    Ok(text)
}

/// Where PTX is kept: in `OUT_DIR` of a build, else in the directory for temporary files.
fn cache() -> PathBuf {
    let base = std::env::var_os("OUT_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    base.join(concat!("keops-rustc-", env!("CARGO_PKG_VERSION")))
}

/// A rustc that has answered.
struct Compiler {
    path: PathBuf,
    /// What it says of itself.
    version: String,
    arguments: Vec<String>,
}

/// The rustc of this build, found once.
fn compiler() -> &'static Result<Compiler, String> {
    static COMPILER: OnceLock<Result<Compiler, String>> = OnceLock::new();
    COMPILER.get_or_init(|| {
        let mut tried = Vec::new();
        for path in candidates() {
            let output = Command::new(&path).arg("-vV").stdin(Stdio::null()).output();
            match output {
                Ok(output) if output.status.success() && output.stdout.starts_with(b"rustc ") => {
                    let version = String::from_utf8_lossy(&output.stdout).into_owned();
                    let arguments = arguments(&version);
                    return Ok(Compiler {
                        path,
                        version,
                        arguments,
                    });
                }
                _ => tried.push(path.display().to_string()),
            }
        }
        Err(format!("no rustc was found (tried {})", tried.join(", ")))
    })
}

/// Where rustc may be, the best first: this process where a procedural macro runs in rustc, its
/// neighbour where that is rustdoc, clippy-driver or rust-analyzer's server; then what cargo says.
fn candidates() -> Vec<PathBuf> {
    let name = format!("rustc{}", std::env::consts::EXE_SUFFIX);
    let mut candidates = Vec::new();
    if let Ok(own) = std::env::current_exe() {
        let stem = own
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        let sibling = own.with_file_name(&name);
        match stem.as_deref() {
            Some("rustc" | "rustdoc" | "clippy-driver") => candidates.push(sibling),
            Some("rust-analyzer-proc-macro-srv") => {
                // It lies in `libexec`, beside `bin`.
                candidates.extend(
                    own.parent()
                        .and_then(Path::parent)
                        .map(|root| root.join("bin").join(&name)),
                );
            }
            Some("rust-analyzer") => candidates.push(sibling),
            _ => {}
        }
    }
    candidates.extend(std::env::var_os("RUSTC").map(PathBuf::from));
    let cargo = std::env::var_os("CARGO").map(PathBuf::from);
    candidates.extend(
        cargo
            .map(|cargo| cargo.with_file_name(&name))
            .filter(|path| path.exists()),
    );
    candidates.push(PathBuf::from(OsString::from(name)));
    candidates
}

/// The options, by what `rustc -vV` says. sm_70 and PTX 7.0: any driver since CUDA 11 takes that.
fn arguments(version: &str) -> Vec<String> {
    let release = version
        .lines()
        .find_map(|line| line.strip_prefix("release: 1."));
    let minor = release
        .and_then(|rest| rest.split('.').next())
        .and_then(|minor| minor.parse::<u32>().ok());
    let mut arguments: Vec<String> = [
        "--edition=2021",
        "--crate-name=kernels",
        "--crate-type=lib",
        "--target=nvptx64-nvidia-cuda",
        "-Ctarget-cpu=sm_70",
        "-Ctarget-feature=+ptx70",
        "-Copt-level=3",
        "-Cpanic=abort",
        "-Coverflow-checks=off",
        "-Cdebug-assertions=off",
        "-Ccodegen-units=1",
        // The kernel's loops are unrolled as far as they shall be.
        "-Cllvm-args=-unroll-full-max-count=1 -unroll-runtime=false -unroll-allow-partial=false -unroll-allow-peeling=false",
        "-Awarnings",
        "--emit=asm=-",
    ]
    .map(str::to_owned)
    .to_vec();
    // `Sized` got two parents in 1.89.
    if minor.is_none_or(|minor| minor >= 89) {
        arguments.push("--cfg=new_sized".into());
    }
    arguments.push("-".into());
    arguments
}

impl Compiler {
    fn run(&self, source: &str) -> Result<String, String> {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments).env("RUSTC_BOOTSTRAP", "1");
        // What is meant for the crate that is being built, not for this one.
        for variable in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_LOG",
        ] {
            command.env_remove(variable);
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let path = self.path.display();
        let mut child = command
            .spawn()
            .map_err(|error| format!("{path} does not start: {error}"))?;
        let input = child.stdin.take();
        let source = source.to_owned();
        // Written aside, so that neither waits for the other.
        let writer =
            std::thread::spawn(move || input.map(|mut input| input.write_all(source.as_bytes())));
        let output = child
            .wait_with_output()
            .map_err(|error| format!("{path}: {error}"))?;
        let _ = writer.join();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            let first: Vec<&str> = errors
                .lines()
                .filter(|line| !line.is_empty())
                .take(12)
                .collect();
            return Err(format!("{path} ({}): {}", output.status, first.join("\n")));
        }
        let text = String::from_utf8(output.stdout).map_err(|error| format!("{path}: {error}"))?;
        if text.contains(".entry") {
            Ok(text)
        } else {
            Err(format!("{path} gave no entry"))
        }
    }
}

/// Adds what Rust cannot say: how many threads a block has, and that f32 arithmetic flushes
/// subnormal numbers. Checks that the entries are those of the kernels.
fn complete(text: &str, kernels: &[Kernel]) -> Result<String, String> {
    let mut result = String::with_capacity(text.len() + 100 * kernels.len());
    let mut current: Option<&Kernel> = None;
    let (mut seen, mut barriers) = (0, 0);
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix(".visible .entry ") {
            let name = rest.split('(').next().unwrap_or_default();
            current = kernels.iter().find(|kernel| kernel.name == name);
            let Some(kernel) = current else {
                return Err(format!("rustc made an entry `{name}`"));
            };
            seen += 1;
            barriers = barrier_count(&kernel.body);
        }
        let Some(kernel) = current else {
            if line.trim_start().starts_with(".extern") || line.contains(".func") {
                return Err(format!("rustc made something else than entries: {line}"));
            }
            result.push_str(line);
            result.push('\n');
            continue;
        };
        if line == "{" {
            result.push_str(&format!(
                ".maxntid {}, 1, 1\n.minnctapersm {}\n",
                kernel.threads, kernel.blocks
            ));
        }
        if line.trim_start().starts_with("bar.sync") {
            barriers -= 1;
        }
        match flushed(line) {
            Some(flushed) if kernel.flush => result.push_str(&flushed),
            _ => result.push_str(line),
        }
        result.push('\n');
        if line == "}" {
            // Copies of a barrier may lie on paths on which the threads of a warp part.
            if barriers != 0 {
                return Err(format!(
                    "rustc changed the number of barriers of `{}`",
                    kernel.name
                ));
            }
            current = None;
        }
    }
    if seen == kernels.len() {
        Ok(result)
    } else {
        Err(format!("rustc made {seen} of {} entries", kernels.len()))
    }
}

fn barrier_count(body: &[crate::kernel::Stmt]) -> i64 {
    use crate::kernel::{Instr, Stmt};
    let of = |stmt: &Stmt| match stmt {
        Stmt::Instr(Instr::Barrier) => 1,
        Stmt::Loop { body, .. } => barrier_count(body),
        Stmt::If {
            then, otherwise, ..
        } => barrier_count(then) + barrier_count(otherwise),
        _ => 0,
    };
    body.iter().map(of).sum()
}

/// A line of f32 arithmetic with `.ftz`; `None` if it is none, or has it.
fn flushed(line: &str) -> Option<String> {
    let text = line.trim_start();
    let name = text.split_whitespace().next()?;
    let stem = name.strip_suffix(".f32")?;
    let operation = stem.split('.').next()?;
    let arithmetic = matches!(
        operation,
        "add" | "sub" | "mul" | "div" | "fma" | "min" | "max" | "sqrt" | "setp"
    );
    if !arithmetic || stem.contains(".ftz") {
        return None;
    }
    let indent = &line[..line.len() - text.len()];
    Some(format!("{indent}{stem}.ftz.f32{}", &text[name.len()..]))
}
