//! The embedded log: what happens to it when the disk, the process or the file fails.

#[cfg(test)]
mod check;
#[cfg(test)]
mod closing;
#[cfg(test)]
mod copy;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod space;
#[cfg(test)]
mod write_ahead;
