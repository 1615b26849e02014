//! The program: see [`luma::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    luma::cli::main()
}
