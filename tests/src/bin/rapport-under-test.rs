//! The program as it ships, where the tests can find it; with a bug planted where they ask for one.

fn main() -> std::process::ExitCode {
    rapport_tests::crash::bugs::plant_from_environment();
    rapport::cli::main()
}
