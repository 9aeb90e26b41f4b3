//! The program as it ships, where the tests can find it.

fn main() -> std::process::ExitCode {
    rapport::cli::main()
}
