// The hours of a year, a column a day and a row an hour; the value of one of them under the pointer, or under the arrow keys.
const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 86_400_000;
// Dark to light in steps of even lightness, so that it reads in grey as well; what is fed in hangs below zero and is blue.
const RAMP = [[33, 24, 66], [92, 29, 103], [158, 47, 93], [214, 80, 62], [247, 138, 46], [252, 215, 106]];
const FED_IN = [[214, 232, 255], [60, 120, 210]];

const between = (from, to, part) => from.map((one, at) => Math.round(one + (to[at] - one) * part));

function colour(energy, low, high) {
  if (energy < 0) return between(FED_IN[0], FED_IN[1], energy / low);
  const place = high > 0 ? (energy / high) * (RAMP.length - 1) : 0;
  const step = Math.min(Math.floor(place), RAMP.length - 2);
  return between(RAMP[step], RAMP[step + 1], place - step);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

class HeatMap extends HTMLElement {
  async connectedCallback() {
    const answer = await fetch(this.dataset.hours, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    this.energies = told.energy_kwh;
    this.first = Date.UTC(told.year, 0, 1);
    // A leap year may come without its 29 February, the 60th day: those behind it are one further on in the calendar.
    this.leftOut = !told.leap_day && new Date(Date.UTC(told.year, 1, 29)).getUTCMonth() === 1;
    this.days = told.energy_kwh.length / 24;
    this.at = { day: 0, hour: 12 };
    this.draw();
  }

  draw() {
    const numbers = this.energies.map(Number);
    this.low = Math.min(...numbers, 0);
    this.high = Math.max(...numbers, 0);
    this.canvas = element("canvas", { width: this.days, height: 24 });
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(this.days, 24);
    numbers.forEach((energy, place) => {
      const pixel = ((place % 24) * this.days + Math.floor(place / 24)) * 4;
      image.data.set([...colour(energy, this.low, this.high), 255], pixel);
    });
    context.putImageData(image, 0, 0);

    this.mark = element("span", { class: "mark" });
    const map = element(
      "div", { class: "map", tabindex: "0", role: "application", "aria-label": "Heat map: arrow keys move by day and hour, Page Up and Page Down by month", "aria-describedby": "hour" },
      this.canvas, this.mark,
    );
    this.output = element("output", { id: "hour" });
    const hours = element("div", { class: "hours-axis", "aria-hidden": "true" }, ...["00", "06", "12", "18"].map((hour) => element("span", {}, hour)));
    this.why = element("a", { "data-why": "", "aria-label": "Why is this hour so?" }, "why?");
    const told = element("p", { class: "told" }, this.output, " ", this.why);
    this.append(element("div", { class: "frame" }, hours, map, this.months()), told, this.legend());
    map.addEventListener("pointermove", (event) => this.point(event));
    map.addEventListener("pointerdown", (event) => this.point(event));
    map.addEventListener("keydown", (event) => this.press(event));
    this.show();
  }

  date(day) {
    return new Date(this.first + (day + (this.leftOut && day >= 59 ? 1 : 0)) * DAY_MS);
  }

  // In ten thousandths of a kWh, as the server's own numbers are, so that the sums are exact.
  months() {
    const sums = new Array(12).fill(0n);
    const days = new Array(12).fill(0);
    this.energies.forEach((energy, place) => {
      const month = this.date(Math.floor(place / 24)).getUTCMonth();
      sums[month] += BigInt(energy.replace(".", ""));
      if (place % 24 === 0) days[month] += 1;
    });
    const row = element("div", { class: "months-axis" });
    sums.forEach((sum, month) => {
      const cell = element("span", {}, element("b", {}, NAMES[month]), element("small", {}, Number(sum / 10_000n).toLocaleString("en")));
      cell.style.flexGrow = days[month];
      row.append(cell);
    });
    return row;
  }

  legend() {
    const bar = element("canvas", { width: 120, height: 1, class: "ramp" });
    const context = bar.getContext("2d");
    for (let x = 0; x < 120; x += 1) {
      context.fillStyle = `rgb(${colour(this.low + ((this.high - this.low) * x) / 119, this.low, this.high).join(" ")})`;
      context.fillRect(x, 0, 1, 1);
    }
    return element("p", { class: "hint legend" }, `${this.low.toFixed(2)} `, bar, ` ${this.high.toFixed(2)} kWh an hour`);
  }

  point(event) {
    const place = this.canvas.getBoundingClientRect();
    const limit = (value, size) => Math.max(0, Math.min(size - 1, Math.floor(value * size)));
    this.at = {
      day: limit((event.clientX - place.left) / place.width, this.days),
      hour: limit((event.clientY - place.top) / place.height, 24),
    };
    this.show();
  }

  press(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [-30, 0], PageDown: [30, 0], Home: [-this.days, 0], End: [this.days, 0] };
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.at.day = Math.max(0, Math.min(this.days - 1, this.at.day + step[0]));
    this.at.hour = Math.max(0, Math.min(23, this.at.hour + step[1]));
    this.show();
  }

  show() {
    const { day, hour } = this.at;
    const date = this.date(day);
    const name = date.toLocaleDateString("en", { weekday: "short", timeZone: "UTC" });
    this.output.textContent = `${name} ${date.toISOString().slice(0, 10)}, ${String(hour).padStart(2, "0")}:00 to ${String(hour + 1).padStart(2, "0")}:00: ${this.energies[day * 24 + hour]} kWh`;
    this.why.href = `${this.dataset.why}&day=${date.toISOString().slice(0, 10)}&hour=${hour}`;
    this.mark.style.left = `${((day + 0.5) / this.days) * 100}%`;
    this.mark.style.top = `${((hour + 0.5) / 24) * 100}%`;
  }
}

customElements.define("bw-heatmap", HeatMap);
