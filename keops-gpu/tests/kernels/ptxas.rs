//! The PTX assembler of the CUDA toolkit.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The assembler: `KEOPS_PTXAS`, or what tools/ptxas-venv made, or one on the path.
pub(crate) fn find() -> Option<OsString> {
    if let Some(path) = std::env::var_os("KEOPS_PTXAS") {
        return Some(path);
    }
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.venv/ptxas/lib");
    let pythons = std::fs::read_dir(venv).into_iter().flatten().flatten();
    let made = pythons
        .map(|dir| dir.path().join("site-packages/nvidia/cu13/bin/ptxas"))
        .find(|p| p.exists());
    let found = made
        .map(PathBuf::into_os_string)
        .unwrap_or_else(|| "ptxas".into());
    Command::new(&found)
        .arg("--version")
        .output()
        .is_ok()
        .then_some(found)
}

/// What `ptxas -v` says of each entry that spills; an error if it does not take the text.
pub(crate) fn spills(ptxas: &OsString, ptx: &Path, arch: &str) -> Result<Vec<String>, String> {
    let cubin = ptx.with_extension(format!("{arch}.cubin"));
    let output = Command::new(ptxas)
        .args(["-v", "-arch", arch, "-o"])
        .args([&cubin, ptx])
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(text);
    }
    let mut entry = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some((_, rest)) = line.split_once("Function properties for ") {
            entry = rest.into();
        }
        if line.contains("spill stores")
            && !line.contains(" 0 bytes spill stores, 0 bytes spill loads")
        {
            found.push(format!("{entry}: {}", line.trim()));
        }
    }
    Ok(found)
}
