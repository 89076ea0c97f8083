//! A serial line over USB: a CDC ACM device, which every system shows as a serial port without a driver.

use usb_device::bus::{UsbBus, UsbBusAllocator};
use usb_device::device::{StringDescriptors, UsbDevice, UsbDeviceBuilder, UsbDeviceState, UsbVidPid};
use usbd_serial::{SerialPort, USB_CLASS_CDC};

/// The pair that Objective Development shares for CDC ACM devices (V-USB, USB-IDs-for-free.txt).
const IDS: UsbVidPid = UsbVidPid(0x16c0, 0x27dd);
/// The largest that full speed allows, so that a descriptor of a device arrives in one packet.
const CONTROL_PACKET: u8 = 64;

/// The device and its one serial port.
pub struct UsbSerial<B: UsbBus + 'static> {
    device: UsbDevice<'static, B>,
    port: SerialPort<'static, B>,
}

/// What became of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way, or was dropped because no program of the host has the port open.
    Done,
    /// The host has not read what came before: it may be sent again later.
    Full,
}

impl<B: UsbBus> UsbSerial<B> {
    /// Connects to the host as a device with the name `product`.
    pub fn new(bus: &'static UsbBusAllocator<B>, product: &'static str) -> Self {
        let port = SerialPort::new(bus);
        let names = StringDescriptors::default().manufacturer("pocketgan").product(product);
        let device = UsbDeviceBuilder::new(bus, IDS)
            .strings(&[names])
            .and_then(|device| device.max_packet_size_0(CONTROL_PACKET))
            .expect("one language and 64 bytes are valid")
            .device_class(USB_CLASS_CDC)
            .build();
        Self { device, port }
    }

    /// Does what the bus requires; reading and writing do it too.
    pub fn poll(&mut self) {
        self.device.poll(&mut [&mut self.port]);
    }

    /// Whether a program of the host has the port open: it sets DTR then.
    pub fn is_open(&self) -> bool {
        self.device.state() == UsbDeviceState::Configured && self.port.dtr()
    }

    /// Sends a byte if there is room; does not wait.
    pub fn try_write(&mut self, byte: u8) -> Sent {
        self.poll();
        match self.port.write(&[byte]) {
            Ok(0) | Err(usb_device::UsbError::WouldBlock) if self.is_open() => Sent::Full,
            _ => Sent::Done,
        }
    }

    /// The next received byte, if there is one.
    pub fn read_byte(&mut self) -> Option<u8> {
        self.poll();
        let mut byte = [0];
        matches!(self.port.read(&mut byte), Ok(1)).then_some(byte[0])
    }
}
