//! The product as its users meet it: a real server, real clients, real data.

mod bad_input;
mod crash;
mod personal_data;
mod read_models;
mod real_data;
mod services_day;
