//! The third adapter: a log of ours, served over the KurrentDB protocol, and reached over a real socket with the
//! official client.

#[cfg(test)]
mod conforms;
#[cfg(test)]
mod served;
