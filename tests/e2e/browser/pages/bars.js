// A frame number as sixteen 20 x 20 blocks along the top: white is 1, lowest bit first.
export const paintBars = (ink, number) => {
  for (let bit = 0; bit < 16; bit += 1) {
    ink.fillStyle = (number >> bit) & 1 ? "#fff" : "#000";
    ink.fillRect(bit * 20, 0, 20, 20);
  }
};
export const makeBars = (parent = document.body) => {
  const blocks = [];
  for (let bit = 0; bit < 16; bit += 1) {
    const block = document.createElement("i");
    block.style.cssText = `position:absolute;top:0;left:${bit * 20}px;width:20px;height:20px;background:#000`;
    parent.append(block);
    blocks.push(block);
  }
  return (number) => blocks.forEach((block, bit) => {
    block.style.background = (number >> bit) & 1 ? "#fff" : "#000";
  });
};
export const FPS = 30;
export const frameOf = (milliseconds) => Math.floor((milliseconds * FPS) / 1000 + 1e-6);
