//! The USB serial line (CDC-ACM): a picture goes out as text, and a key comes in.

use embassy_rp::peripherals::USB;
use embassy_rp::usb::Driver;
use embassy_usb::class::cdc_acm::{self, CdcAcmClass};
use embassy_usb::driver::EndpointError;
use embassy_usb::{Builder, Config, UsbDevice};
use pocketgan_core::infer::picture::{Picture, text_rows};

/// Bytes of a packet.
const PACKET: u16 = 64;

/// What the USB device keeps in memory.
pub(crate) struct State<'a> {
    configuration: [u8; 128],
    capabilities: [u8; 64],
    control: [u8; 64],
    class: cdc_acm::State<'a>,
}

impl<'a> State<'a> {
    pub(crate) const fn new() -> Self {
        Self { configuration: [0; 128], capabilities: [0; 64], control: [0; 64], class: cdc_acm::State::new() }
    }

    /// Makes the device, which is to be run, and its serial line.
    pub(crate) fn open(&'a mut self, driver: Driver<'a, USB>) -> (UsbDevice<'a, Driver<'a, USB>>, Line<'a>) {
        // For tests on one's own desk: 1209 is the vendor of open hardware, 0001 its product for that.
        let mut config = Config::new(0x1209, 0x0001);
        config.product = Some("pocketgan");
        let Self { configuration, capabilities, control, class } = self;
        let mut builder = Builder::new(driver, config, configuration, capabilities, &mut [], control);
        let line = CdcAcmClass::new(&mut builder, class, PACKET);
        (builder.build(), Line(line))
    }
}

/// The serial line.
pub(crate) struct Line<'a>(CdcAcmClass<'a, Driver<'a, USB>>);

impl Line<'_> {
    /// Sends a picture as text and waits for a key from 0 to 9, as long as it takes, also for a cable.
    pub(crate) async fn digit(&mut self, picture: &Picture) -> u8 {
        loop {
            self.0.wait_connection().await;
            if let Ok(digit) = self.exchange(picture).await {
                return digit;
            }
        }
    }

    async fn exchange(&mut self, picture: &Picture) -> Result<u8, EndpointError> {
        for row in text_rows(picture) {
            self.0.write_packet(&row).await?;
            self.0.write_packet(b"\r\n").await?;
        }
        let mut keys = [0; PACKET as usize];
        loop {
            let len = self.0.read_packet(&mut keys).await?;
            if let Some(key) = keys[..len].iter().rfind(|key| key.is_ascii_digit()) {
                return Ok(key - b'0');
            }
        }
    }
}
