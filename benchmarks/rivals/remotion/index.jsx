// The benchmark films as Remotion compositions. `scene.mjs` is benchmarks/pages/scene.js.
import React, { useLayoutEffect, useRef } from "react";
import { Composition, registerRoot, useCurrentFrame, useVideoConfig } from "remotion";
import {
  BOXES, CARDS, STAGE_LOOK, TEXT_LOOK, boxLook, boxState, cardLook, cardState, cellLook, cellsOf, paintCanvas,
} from "./scene.mjs";

function toStyle(css) {
  const pairs = css.split(";").map((line) => line.split(/:(.*)/s).slice(0, 2).map((word) => word.trim()));
  const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(pairs.filter(([name]) => name).map(([name, value]) => [camel(name), value]));
}

function CanvasFilm() {
  const frame = useCurrentFrame();
  const { width, height } = useVideoConfig();
  const canvas = useRef(null);
  useLayoutEffect(() => paintCanvas(canvas.current.getContext("2d"), frame), [frame]);
  return <canvas ref={canvas} width={width} height={height} style={{ display: "block" }} />;
}

const STAGE = toStyle(STAGE_LOOK);
const TEXT = toStyle(TEXT_LOOK);
const LOOKS = BOXES.map((box) => toStyle(boxLook(box)));

const CARD_LOOKS = CARDS.map((card) => toStyle(cardLook(card)));

function DomFilm({ children }) {
  const frame = useCurrentFrame();
  return (
    <div style={STAGE}>
      {children}
      {cellsOf(frame).map((white, index) => (
        <div key={`cell${index}`} style={toStyle(cellLook(index, white))} />
      ))}
      <div style={TEXT}>frame {frame}</div>
    </div>
  );
}

function Boxes() {
  const seconds = useCurrentFrame() / useVideoConfig().fps;
  return (
    <DomFilm>
      {BOXES.map((box, index) => {
        const { rotate, scale, opacity } = boxState(box, seconds);
        return <div key={index} style={{ ...LOOKS[index], rotate: `${rotate}deg`, scale: `${scale}`, opacity }} />;
      })}
    </DomFilm>
  );
}

function Titles() {
  const seconds = useCurrentFrame() / useVideoConfig().fps;
  return (
    <DomFilm>
      {CARDS.map((card, index) => {
        const { shift, opacity } = cardState(card, seconds);
        return <div key={index} style={{ ...CARD_LOOKS[index], translate: `${shift}vw 0`, opacity }}>{card.text}</div>;
      })}
    </DomFilm>
  );
}

function Root() {
  const film = { durationInFrames: 150, fps: 30, width: 1280, height: 720 };
  return (
    <>
      <Composition id="canvas" component={CanvasFilm} {...film} />
      <Composition id="dom" component={Boxes} {...film} />
      <Composition id="titles" component={Titles} {...film} />
    </>
  );
}

registerRoot(Root);
