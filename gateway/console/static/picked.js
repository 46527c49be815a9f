// What a word on the page says to a field: numbers lose their signs of currency and of thousands (picked.py does the same).
const NUMBERS = /(amount|quantity|rate|cost|balance|payments|adjustments|charges|due|deposit|read|multiplier|factor)$/;
const SMALL = /(rate|multiplier|factor)$/;
const PAID = /payments$/;
const TAKEN_OFF = /^[^0-9]*[-\u2212]|^[^0-9]*\(.*\)\s*$|[-\u2212]\s*$|CR\.?\s*$/i;

export function plain(text, field) {
  if (!NUMBERS.test(field) || !/[0-9]/.test(text)) return text;
  const sign = TAKEN_OFF.test(text) && !PAID.test(field) ? "-" : "";
  const digits = text.replace(/[^0-9.,]/g, "").replace(/[.,]+$/, "");
  const points = digits.match(/[.,]/g) ?? [];
  const last = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","));
  const small = /^0*$/.test(digits.slice(0, Math.max(last, 0))) || SMALL.test(field);
  const one = points.length === 1 && (small || digits.length - last - 1 !== 3);
  const decimal = one || new Set(points).size > 1;
  const whole = (decimal ? digits.slice(0, last) : digits).replace(/[.,]/g, "");
  return sign + (decimal ? `${whole}.${digits.slice(last + 1)}` : whole);
}
