"""What the pages say."""

from __future__ import annotations

PASSAGES = (
    "An autoencoder is a network that learns to copy its input to its output by way of a narrow place in the middle. "
    "Whatever passes that place has to be said in a few numbers, and the network finds out by itself which ones.",
    "Forms with fields to be filled in by hand may be printed with boxes, with dotted lines or with light rectangles. "
    "Lines that are easy to see help the writer, and trouble the machine that has to read the form afterwards.",
    "Please return the signed copy to the office not later than Friday, 14 March. Late applications cannot be taken "
    "into account. The fee of 25.50 is due with the application, and will not be paid back in any case.",
    "A denoising autoencoder sees a damaged picture and has to draw the undamaged one. It can do so only by knowing "
    "what undamaged pictures look like: the noise it has never learned is what it leaves out.",
    "The library lends books for four weeks. A loan may be extended twice unless somebody else is waiting for the "
    "volume. Coffee, soup and wet umbrellas are not welcome in the reading room, as this page shows rather well.",
    "Mix 250 g of flour with 3 eggs, 1/2 litre of milk and a pinch of salt; let the batter rest for an hour, then "
    "bake thin cakes of it in butter. Serve them with sugar, lemon, jam or, on Sundays, with all of these.",
    "Minutes of the meeting held on 9 November: present were the chair, both secretaries and eleven members (see the "
    "list). The proposal to move the printer next to the window was put to the vote and lost, 5 to 7.",
    "We measured the current at 12 points along the wire, at 20, 40 and 60 degrees. Table 2 gives the means of five "
    "readings; their standard deviation was below 0.4 % everywhere except at the ends, where contact was poor.",
    "Why should the same small filter be used at every place of a picture? Because a stroke is a stroke wherever it "
    "stands. What has been learned about one corner of one page then serves for all corners of all pages.",
    "Dear Sir or Madam, thank you for your letter of the 3rd. We regret to hear that the parcel reached you open and "
    "half empty. A new one was sent today; kindly keep the old box so that our carrier can look at it. Yours, J. Q. W.",
)
TITLES = ("Notice", "Annual Report", "How to Fill In a Form", "Results", "1. Introduction", "Minutes", "Invoice 2047",
          "Appendix B", "Library Rules", "PRIVATE", "Chapter 7", "Summary and Outlook")  # fmt: skip
FIELDS = ("Name", "Address", "Date", "Signature", "Amount", "Telephone", "Place", "Account no.", "Remarks", "City")
STAMPS = ("PAID", "RECEIVED", "COPY", "URGENT", "DRAFT", "APPROVED 12 MAR")
LETTERS = "eeeeeettttaaaaoooiiinnnsssrrrhhhlldducmfpgwybvkxjqz"
