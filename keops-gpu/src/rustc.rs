//! Builds the kernels' Rust source to PTX, with the rustc that everybody has.
//!
//! Every rustc of rustup has the nvptx64 back end; what it lacks is a `core` for it, which
//! [`prelude::NO_CORE`](crate::prelude::NO_CORE) replaces. That needs features which a stable rustc
//! only has with `RUSTC_BOOTSTRAP=1`, set for the child alone. Where anything fails there is an error
//! with a reason, and the caller takes the [printed PTX](crate::ptx) instead.

mod complete;

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
use complete::complete;

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
        (salt, source, &compiler.version, OPTIONS).hash(&mut hasher);
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
    /// `Sized` has the two parents that it got in Rust 1.89, or so it seems.
    new_sized: bool,
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
                    let new_sized = minor(&version).is_none_or(|minor| minor >= 89);
                    return Ok(Compiler {
                        path,
                        version,
                        new_sized,
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

/// The second number of the version that `rustc -vV` tells.
fn minor(version: &str) -> Option<u32> {
    let release = version
        .lines()
        .find_map(|line| line.strip_prefix("release: 1."))?;
    release.split('.').next()?.parse().ok()
}

/// The options. sm_70 and PTX 7.0: any driver since CUDA 11 takes that.
const OPTIONS: &[&str] = &[
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
];

impl Compiler {
    /// Builds it; where the version misleads about `Sized`, the other way.
    fn run(&self, source: &str) -> Result<String, String> {
        self.attempt(source, self.new_sized)
            .or_else(|error| self.attempt(source, !self.new_sized).map_err(|_| error))
    }

    fn attempt(&self, source: &str, new_sized: bool) -> Result<String, String> {
        let mut command = Command::new(&self.path);
        command.args(OPTIONS).env("RUSTC_BOOTSTRAP", "1");
        if new_sized {
            command.arg("--cfg=new_sized");
        }
        command.arg("-");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(
            minor("rustc 1.95.0 (x)\nhost: y\nrelease: 1.95.0\n"),
            Some(95)
        );
        assert_eq!(minor("release: 1.97.0-nightly"), Some(97));
        assert_eq!(minor("rustc 2"), None);
    }

    #[test]
    fn a_failure_is_an_error_with_the_compilers_words() {
        let Ok(compiler) = compiler() else {
            println!("skipped: no rustc");
            return;
        };
        let error = compiler.run("pub fn broken(").expect_err("no Rust");
        assert!(error.contains("error"), "{error}");
        let absent = Compiler {
            path: "/no/such/rustc".into(),
            version: String::new(),
            new_sized: true,
        };
        let error = absent.run("").expect_err("no compiler");
        assert!(error.contains("/no/such/rustc does not start"), "{error}");
    }
}
